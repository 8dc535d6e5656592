//! One object, read range by range. All ranges are of the same version: the first answer's tag is asked for
//! in every later request.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use futures_util::{StreamExt, stream};

use super::Bucket;
use super::error::{deepest, explain, not_s3};
use crate::source::remote::{Body, Boxed, Fault, Opened, Part, Ranges, RemoteError, fetch};

pub(super) struct ObjectRanges {
    pub(super) bucket: Arc<Bucket>,
    pub(super) key: String,
    /// The tag of the version that is being read.
    tag: OnceLock<String>,
}

impl ObjectRanges {
    pub(super) fn new(bucket: Arc<Bucket>, key: String) -> Self {
        ObjectRanges {
            bucket,
            key,
            tag: OnceLock::new(),
        }
    }

    async fn open(self: Arc<Self>, range: Range<u64>) -> Result<Opened, RemoteError> {
        let bucket = &self.bucket;
        let answer = bucket
            .store
            .client()
            .await?
            .get_object()
            .bucket(&bucket.name)
            .key(&self.key)
            .range(format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            .set_if_match(self.tag.get().cloned())
            .send()
            .await
            .map_err(|error| explain(&error, &bucket.name))?;
        let total = total(&answer, &range)?;
        let tag = answer.e_tag().ok_or_else(not_s3)?;
        if self.tag.get_or_init(|| tag.to_owned()) != tag {
            return Err(RemoteError::new(
                Fault::Changed,
                "the object was replaced while it was read",
            ));
        }
        Ok(Opened {
            total,
            body: body(answer),
        })
    }
}

/// How long the object is, from an answer that holds the range that was asked for and nothing else.
fn total(answer: &GetObjectOutput, range: &Range<u64>) -> Result<u64, RemoteError> {
    answer
        .content_range()
        .and_then(|text| parse_content_range(text, range.start))
        .ok_or_else(not_s3)
}

/// `bytes FIRST-LAST/TOTAL`, if it begins where it was asked to.
fn parse_content_range(text: &str, start: u64) -> Option<u64> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    (first.parse() == Ok(start)).then(|| total.parse().ok())?
}

fn body(answer: GetObjectOutput) -> Body {
    stream::unfold(answer.body, |mut body| async move {
        let next = body.next().await?;
        let bytes = next.map_err(|error| {
            RemoteError::new(
                Fault::Transient,
                format!("an answer broke off: {}", deepest(&error)),
            )
        });
        Some((bytes, body))
    })
    .boxed()
}

impl Ranges for ObjectRanges {
    fn fetch(self: Arc<Self>, range: Range<u64>) -> Boxed<Result<Part, RemoteError>> {
        Box::pin(async move {
            let bucket = Arc::clone(&self.bucket);
            fetch(&bucket.endpoint, range, |rest| Arc::clone(&self).open(rest)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_believed_only_of_the_range_that_was_asked_for() {
        assert_eq!(parse_content_range("bytes 0-9/1000", 0), Some(1000));
        assert_eq!(parse_content_range("bytes 10-19/1000", 0), None);
        assert_eq!(parse_content_range("bytes 0-9/*", 0), None);
        assert_eq!(parse_content_range("bytes */10", 0), None);
        assert_eq!(parse_content_range("", 0), None);
    }
}
