//! An [`Answer`] as HTTP: ETag and If-None-Match, bodies in pieces, streams from threads that block.

use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

use super::exchange::{Answer, Body, Writing};
use super::kept::{Kept, tag_of};

/// A body is handed on in pieces of this size, so that compressing a large one does not keep a thread from
/// other requests.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces of a stream that wait for a slow reader.
const WAITING_PIECES: usize = 4;

/// Makes HTTP of an answer, for a client that sent these headers.
pub(super) fn respond(answer: Answer, asked: &HeaderMap) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in &answer.headers {
        // A value that is none, with a line break in it for example, is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    // Kept, but asked about each time: the data may have changed.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    let (body, kept) = match answer.body {
        Body::Whole(body) => (Bytes::from(body), None),
        Body::Kept(kept) => (kept.body.clone(), Some(kept)),
        Body::Stream(write) => {
            *response.body_mut() = HttpBody::new(stream(write));
            return response;
        }
    };
    if answer.status == 200 && !headers.contains_key(ETAG) {
        let tag = match &kept {
            Some(kept) => HeaderValue::from_str(&kept.tag),
            None => HeaderValue::from_str(&tag_of(&body)),
        };
        if let Ok(tag) = tag {
            headers.insert(ETAG, tag);
        }
    }
    if answer.status == 200 && has_it(asked, headers.get(ETAG)) {
        headers.remove(CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    // What was not packed yet is packed on the way.
    let packed = kept
        .as_deref()
        .filter(|kept| kept.is_packed())
        .and_then(Kept::packed);
    let rest = match packed {
        Some(packed) => {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
            if takes_gzip(asked) {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                packed.clone()
            } else {
                body
            }
        }
        None => body,
    };
    *response.body_mut() = HttpBody::new(Pieces { rest });
    response
}

/// Whether the client can unpack gzip.
pub(super) fn takes_gzip(asked: &HeaderMap) -> bool {
    asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            name.trim().eq_ignore_ascii_case("gzip")
                && weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
        })
}

/// Whether the client has the version with this tag already.
fn has_it(asked: &HeaderMap, tag: Option<&HeaderValue>) -> bool {
    let Some(tag) = tag.and_then(|tag| tag.to_str().ok()) else {
        return false;
    };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

/// Bytes that are all there, piece by piece.
struct Pieces {
    rest: Bytes,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Runs the writer on a thread where it may block.
fn stream(write: Writing) -> Pouring {
    let (sender, pieces) = mpsc::channel(WAITING_PIECES);
    tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(PIECE_BYTES, Pieced(sender.clone()));
        if let Err(error) = write(&mut out).and_then(|()| out.flush()) {
            // The client is to see that this is not all.
            let _ = sender.blocking_send(Err(error));
        }
    });
    Pouring { pieces }
}

struct Pieced(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        match self.0.blocking_send(Ok(piece)) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that are still being made.
struct Pouring {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
}

impl http_body::Body for Pouring {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.pieces
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Counts what is sent, and tells how much it was when the body ends or is given up.
pub(super) struct Counted<F: FnOnce(u64)> {
    body: HttpBody,
    bytes: u64,
    tell: Option<F>,
}

impl<F: FnOnce(u64)> Counted<F> {
    pub(super) fn new(body: HttpBody, tell: F) -> Self {
        Counted {
            body,
            bytes: 0,
            tell: Some(tell),
        }
    }
}

impl<F: FnOnce(u64) + Unpin> http_body::Body for Counted<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.bytes += data.len() as u64;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<F: FnOnce(u64)> Drop for Counted<F> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http_body::Body as _;

    use super::super::exchange::JSON;
    use super::*;

    fn asked(tags: &[&'static str]) -> HeaderMap {
        tags.iter()
            .map(|tag| (IF_NONE_MATCH, HeaderValue::from_static(tag)))
            .collect()
    }

    #[test]
    fn who_has_it_already_is_not_sent_it_again() {
        let answer = || Answer::whole(200, JSON, "{}");
        let first = respond(answer(), &HeaderMap::new());
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with("W/\""));
        let known: HeaderMap = [(
            IF_NONE_MATCH,
            HeaderValue::from_str(&format!("\"x\", {tag}")).unwrap(),
        )]
        .into_iter()
        .collect();
        let second = respond(answer(), &known);
        assert_eq!(second.status(), 304);
        assert_eq!(second.headers()[ETAG].to_str().unwrap(), tag);
        assert_eq!(second.body().size_hint().exact(), Some(0));
        assert_eq!(respond(answer(), &asked(&["*"])).status(), 304);
        assert_eq!(respond(answer(), &asked(&["\"x\""])).status(), 200);
        assert_eq!(respond(Answer::whole(200, JSON, "{ }"), &known).status(), 200);
    }

    #[test]
    fn errors_have_no_tag_and_are_always_sent() {
        let response = respond(Answer::whole(404, JSON, "{}"), &asked(&["*"]));
        assert_eq!(response.status(), 404);
        assert!(!response.headers().contains_key(ETAG));
    }

    #[test]
    fn who_can_unpack_gets_it_packed() {
        let kept = Arc::new(Kept::new(JSON, vec![b' '; 5000]));
        assert!(kept.packed().is_some());
        let answer = || Answer::kept(Arc::clone(&kept));
        for (accepted, is_packed) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
        ] {
            let asked: HeaderMap = [(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]
                .into_iter()
                .collect();
            let response = respond(answer(), &asked);
            assert_eq!(
                response.headers().contains_key(CONTENT_ENCODING),
                is_packed,
                "{accepted}"
            );
            assert_eq!(response.headers()[VARY], "accept-encoding");
        }
    }

    #[test]
    fn a_header_cannot_be_broken_in_two() {
        let answer = Answer::whole(200, JSON, "").with("x-name", "a\r\nset-cookie: b");
        let response = respond(answer, &HeaderMap::new());
        assert!(!response.headers().contains_key("x-name"));
        assert!(!response.headers().contains_key("set-cookie"));
    }
}
