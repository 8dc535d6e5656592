//! Whether a text is one statement that only asks. DuckDB carries out all statements of a text but the last
//! while it prepares it, and an `explain analyze` carries out what it explains; so this is looked at before.
//!
//! A guard against mistakes. What it does not see meets a database that is read-only and locked down.

use crate::error::UserError;

/// What a question begins with.
const QUESTIONS: [&str; 12] = [
    "select",
    "with",
    "from",
    "values",
    "table",
    "describe",
    "desc",
    "show",
    "summarize",
    "pivot",
    "unpivot",
    "explain",
];

/// What may come behind the tables of a `with` and does not only ask.
const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Functions that do something, or run a text that nobody has looked at.
const DOERS: [&str; 10] = [
    "enable_logging",
    "disable_logging",
    "truncate_duckdb_logs",
    "write_log",
    "enable_profiling",
    "disable_profiling",
    "checkpoint",
    "force_checkpoint",
    "query",
    "json_execute_serialized_sql",
];

/// Fails unless the text is one statement that only asks.
pub(super) fn check(text: &str) -> Result<(), UserError> {
    let tokens = tokens(text);
    let ends = tokens.iter().position(|token| *token == Token::Sign(';'));
    let (first, rest) = tokens.split_at(ends.unwrap_or(tokens.len()));
    if rest.iter().any(|token| *token != Token::Sign(';')) {
        return Err(UserError::usage("more than one statement").hint("ask one question at a time"));
    }
    if first.is_empty() {
        return Err(UserError::usage("there is no statement").hint(
            "for example: shh sql 'select app_name, alloc_core_h from apps order by alloc_core_h desc limit 5'",
        ));
    }
    check_question(first)?;
    for pair in first.windows(2) {
        if let [Token::Word(name) | Token::Quoted(name), Token::Sign('(')] = pair
            && DOERS.contains(&name.as_str())
        {
            return Err(
                UserError::usage(format!("the function `{name}` does something other than answer"))
                    .hint("`shh sql` only asks"),
            );
        }
    }
    Ok(())
}

fn check_question(tokens: &[Token]) -> Result<(), UserError> {
    let mut words = tokens
        .iter()
        .skip_while(|token| **token == Token::Sign('('))
        .peekable();
    let verb = loop {
        match words.next() {
            Some(Token::Word(word)) if word == "explain" => {
                // `explain analyze`, `explain (analyze, format json)`
                while let Some(token) = words.peek() {
                    let is_option = match token {
                        Token::Word(word) => ["analyze", "verbose"].contains(&word.as_str()),
                        Token::Sign('(') => {
                            words.by_ref().find(|token| **token == Token::Sign(')'));
                            continue;
                        }
                        _ => false,
                    };
                    if !is_option {
                        break;
                    }
                    words.next();
                }
            }
            Some(Token::Word(word)) => break word.as_str(),
            _ => break "",
        }
    };
    let changes = if verb == "with" { change(words) } else { None };
    match changes.or_else(|| (!QUESTIONS.contains(&verb)).then_some(verb)) {
        None => Ok(()),
        Some("") => Err(UserError::usage("this is not a question").hint(HINT)),
        Some(verb) => Err(UserError::usage(format!("`{verb}` is not a question")).hint(HINT)),
    }
}

const HINT: &str =
    "`shh sql` takes one SELECT (or WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, PIVOT, EXPLAIN)";

/// What changes something behind the tables of a `with`.
fn change<'a>(tokens: impl Iterator<Item = &'a Token>) -> Option<&'a str> {
    let mut depth = 0_usize;
    for token in tokens {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 => {
                if CHANGES.contains(&word.as_str()) {
                    return Some(word);
                }
                if ["select", "from", "values", "table", "pivot", "unpivot"].contains(&word.as_str()) {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// What a statement is made of, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or keyword, in small letters.
    Word(String),
    /// A name in double quotes, in small letters.
    Quoted(String),
    /// A text or a number.
    Literal,
    /// Anything else: one character.
    Sign(char),
}

/// The tokens of a text; comments are none. What is not closed ends with the text.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let (token, length) = match char {
            _ if char.is_whitespace() => (None, char.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find(['\n', '\r']).unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, comment(rest)),
            '\'' => (Some(Token::Literal), quoted(rest, '\'', false)),
            'e' | 'E' if rest[1..].starts_with('\'') => {
                (Some(Token::Literal), 1 + quoted(&rest[1..], '\'', true))
            }
            '"' => {
                let length = quoted(rest, '"', false);
                let name = rest[1..length].trim_end_matches('"').replace("\"\"", "\"");
                (Some(Token::Quoted(name.to_lowercase())), length)
            }
            '$' => match dollar_quoted(rest) {
                Some(length) => (Some(Token::Literal), length),
                None => (Some(Token::Sign('$')), 1),
            },
            _ if is_in_word(char) => {
                let length = rest.find(|char| !is_in_word(char)).unwrap_or(rest.len());
                let token = if char.is_ascii_digit() {
                    Token::Literal
                } else {
                    Token::Word(rest[..length].to_lowercase())
                };
                (Some(token), length)
            }
            _ => (Some(Token::Sign(char)), char.len_utf8()),
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

fn is_in_word(char: char) -> bool {
    char == '_' || char.is_alphanumeric() || !char.is_ascii()
}

/// The length of a comment, with those inside of it.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a text in quotes, in which a quote is written twice or, if it has escapes, behind a backslash.
fn quoted(text: &str, quote: char, has_escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if has_escapes && char == '\\' {
            chars.next();
        } else if char == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + 1;
            }
        }
    }
    text.len()
}

/// The length of `$tag$ ... $tag$`, if it is one.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag_end = 1 + text[1..].find('$')?;
    let is_tag = text[1..tag_end].chars().all(is_in_word)
        && !text[1..].starts_with(|char: char| char.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let tag = &text[..=tag_end];
    let end = text[tag.len()..].find(tag)?;
    Some(end + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn taken(text: &str) {
        if let Err(error) = check(text) {
            panic!("{text}: {error}");
        }
    }

    #[track_caller]
    fn refused(text: &str, why: &str) {
        match check(text) {
            Ok(()) => panic!("{text} is taken"),
            Err(error) => assert!(error.to_string().contains(why), "{text}: {error}"),
        }
    }

    #[test]
    fn questions_are_taken() {
        for text in [
            "select 1",
            " SELECT 1 ; ",
            "-- what\n/* a /* b */ ; */ from apps;;",
            "(select 1) union (select 2)",
            "with a as (delete from b) select * from a",
            "with a(i) as (select 1), b as (select 'insert') from a",
            "values (1), (2)",
            "table apps",
            "describe apps",
            "show tables",
            "summarize select * from apps",
            "pivot apps on status using count(*)",
            "explain select 1",
            "explain analyze select 1",
            "explain (analyze, format json) with a as (select 1) from a",
            "select ';', \"a;b\", $$;$$, $x$ ; $x$, e'\\';', 'it''s; '",
            "select update, \"delete\" from t",
            "select query from t",
            "select $1",
        ] {
            taken(text);
        }
    }

    #[test]
    fn what_is_more_than_a_question_is_refused() {
        refused("", "no statement");
        refused(" ; -- nothing\n", "no statement");
        refused("select 1; select 2", "more than one");
        refused("select 1; drop table apps", "more than one");
        refused("select ';' ; delete from apps", "more than one");
        refused("select e'\\\\' ; delete from apps", "more than one");
        refused("select '\\' ; delete from apps", "more than one");
        for verb in [
            "insert",
            "update",
            "delete",
            "create",
            "drop",
            "alter",
            "copy",
            "export",
            "attach",
            "use",
            "set",
            "reset",
            "pragma",
            "call",
            "install",
            "load",
            "checkpoint",
            "vacuum",
            "begin",
            "prepare",
            "execute",
        ] {
            refused(&format!("{verb} x"), &format!("`{verb}` is not a question"));
            refused(
                &format!("explain analyze {verb} x"),
                &format!("`{verb}` is not a question"),
            );
        }
        refused("with a as (select 1) insert into b from a", "`insert`");
        refused("explain (analyze) create table a(i int)", "`create`");
        refused("42", "not a question");
        refused("'text'", "not a question");
    }

    #[test]
    fn functions_that_do_something_are_refused() {
        refused("from enable_logging(storage := 'file')", "`enable_logging`");
        refused("select * from \"Enable_Logging\" ()", "`enable_logging`");
        refused("from query('from enable_' || 'logging()')", "`query`");
        refused("from/**/checkpoint/**/()", "`checkpoint`");
    }

    #[test]
    fn nothing_makes_it_panic() {
        let pieces = [
            "$", "'", "\"", "/*", "*/", "--", "e'", "\\", "é", "$a$", ";", "(", ")", "with", "explain", "\n",
            "\0",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let _ = check(&format!("{a}{b}{c}"));
                    let _ = check(&format!("explain {a} {b} {c}"));
                }
            }
        }
    }
}
