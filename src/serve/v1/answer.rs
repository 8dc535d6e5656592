//! Why a request is not answered, in the words and with the status of Spark's server.

use super::super::exchange::{Answer, JSON};

const TEXT: &str = "text/plain";
const PAGE: &str = "text/html;charset=iso-8859-1";

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 404 with a text.
    NotFound(String),
    /// 404 as a page, where Spark has no such resource.
    NotFoundPage,
    /// 400 with a text.
    Bad(String),
    /// 400 with a text that claims to be JSON.
    BadDate(String),
    /// 400 as a page: a path that is ambiguous or cannot be decoded.
    BadRequestPage,
    /// 400 where Spark fails with 500 at a client's mistake.
    Mistake(&'static str),
    /// 406, where Spark has the type but not for this; with a page if the client takes one.
    NotAcceptable { has_page: bool },
    /// 500: the log cannot be shown.
    Unreadable(String),
    /// 503 with a text, and after how many seconds to try again.
    Away(String, Option<u32>),
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound(text) => Answer::whole(404, TEXT, text),
            Refused::NotFoundPage => page(404, "Not Found", ""),
            Refused::Bad(text) => Answer::whole(400, TEXT, text),
            Refused::BadDate(text) => Answer::whole(400, JSON, text),
            Refused::BadRequestPage => page(400, "Bad Request", ""),
            Refused::Mistake(text) => Answer::whole(400, TEXT, text),
            Refused::NotAcceptable { has_page: true } => page(406, "Not Acceptable", ""),
            Refused::NotAcceptable { has_page: false } => Answer::whole(406, TEXT, ""),
            Refused::Unreadable(text) => page(500, "Server Error", &text),
            Refused::Away(text, seconds) => {
                let answer = Answer::whole(503, TEXT, text);
                match seconds {
                    Some(seconds) => answer.with("retry-after", seconds.to_string()),
                    None => answer,
                }
            }
        }
    }
}

/// A page for where Spark's server sends one. What it says is ours.
fn page(status: u16, title: &str, text: &str) -> Answer {
    let text: String = text
        .chars()
        .map(|char| match char {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            _ if char.is_ascii() => char.to_string(),
            _ => format!("&#{};", u32::from(char)),
        })
        .collect();
    let body = format!(
        "<html>\n<head><title>Error {status} {title}</title></head>\n<body><h2>HTTP ERROR {status} {title}</h2>\n\
         <p>{text}</p></body>\n</html>\n"
    );
    Answer::whole(status, PAGE, body)
}
