//! What the client of S3 says went wrong, in words that lead to the cause.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::source::remote::{Fault, RemoteError};

/// The failure of one request.
pub(super) fn explain<E>(error: &SdkError<E, HttpResponse>, bucket: &str) -> RemoteError
where
    E: ProvideErrorMetadata + Error + Debug + 'static,
{
    match error {
        SdkError::TimeoutError(_) => RemoteError::new(Fault::Transient, "the store did not answer in time"),
        SdkError::DispatchFailure(failure) => {
            let reason = failure
                .as_connector_error()
                .map_or_else(|| deepest(error), |cause| deepest(cause));
            dispatch(&reason, failure.is_timeout())
        }
        SdkError::ResponseError(broken) => answer(
            &Answer {
                status: broken.raw().status().as_u16(),
                code: None,
                message: Some(&deepest(error)),
                region: None,
            },
            bucket,
        ),
        SdkError::ServiceError(refused) => answer(
            &Answer {
                status: refused.raw().status().as_u16(),
                code: refused.err().code(),
                message: Some(refused.err().message().unwrap_or(&deepest(refused.err()))),
                region: refused.raw().headers().get("x-amz-bucket-region"),
            },
            bucket,
        ),
        _ => RemoteError::new(Fault::Permanent, deepest(error)),
    }
}

/// The request never got an answer.
fn dispatch(reason: &str, is_timeout: bool) -> RemoteError {
    let is = |text: &str| reason.contains(text);
    if is("UnknownIssuer") {
        return RemoteError::new(
            Fault::Permanent,
            "the store's certificate is from an authority that is not trusted here",
        )
        .hint("name the authority's certificate in `history.s3.ca_certificates` or AWS_CA_BUNDLE");
    }
    if is("invalid peer certificate") {
        return RemoteError::new(
            Fault::Permanent,
            format!("the store's certificate is not valid: {reason}"),
        )
        .hint("does the endpoint have the name that its certificate is for?");
    }
    if is("InvalidContentType") || is("corrupt message") {
        return RemoteError::new(Fault::Permanent, "the endpoint does not speak TLS")
            .hint("write http:// instead of https:// in the endpoint");
    }
    if is("not a valid URI") || is("invalid URI") {
        return RemoteError::new(Fault::Permanent, reason)
            .hint("write the endpoint as http://HOST:PORT or https://HOST");
    }
    if is("failed to lookup address") || is("dns error") {
        return RemoteError::new(
            Fault::Permanent,
            format!("the store's name cannot be resolved: {reason}"),
        )
        .hint("is the endpoint or region right? A look-alike may need `history.s3.path_style = true`");
    }
    let fault = RemoteError::new(Fault::Transient, format!("the store cannot be reached: {reason}"));
    if is_timeout || !is("Connection refused") {
        return fault;
    }
    fault.hint("is the endpoint right, and does the store run?")
}

/// What an answer says.
struct Answer<'a> {
    status: u16,
    code: Option<&'a str>,
    message: Option<&'a str>,
    region: Option<&'a str>,
}

fn answer(answer: &Answer, bucket: &str) -> RemoteError {
    let Answer {
        status,
        code,
        message,
        region,
    } = *answer;
    let code = code.unwrap_or_default();
    let said = match (code, message) {
        ("", Some(message)) => format!("status {status}: {message}"),
        (code, Some(message)) => format!("{code}: {message}"),
        (code, None) => format!("status {status} {code}"),
    };
    let denied = |hint: &str| RemoteError::new(Fault::Denied, said.as_str()).hint(hint);
    match (status, code) {
        (_, "InvalidAccessKeyId") => {
            denied("the access key id is not known to this store: are the keys for this endpoint?")
        }
        (_, "SignatureDoesNotMatch") => denied("the secret access key does not belong to the access key id"),
        (_, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired") => {
            denied("the session token is not valid any more: get new credentials")
        }
        (_, "RequestTimeTooSkewed") => denied("the clock of this machine is wrong"),
        (_, "NoSuchBucket") | (404, "") => {
            RemoteError::new(Fault::Missing, format!("there is no bucket `{bucket}`"))
                .hint("is the name right, and the region and endpoint?")
        }
        (_, "NoSuchKey") => RemoteError::new(Fault::Missing, "the object is gone"),
        (_, "PreconditionFailed") | (412 | 416, _) => {
            RemoteError::new(Fault::Changed, "the object was replaced while it was read")
        }
        (301 | 307, _)
        | (_, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            let wrong = RemoteError::new(
                Fault::Permanent,
                format!("the bucket `{bucket}` is in another region"),
            );
            match region {
                Some(region) => wrong.hint(format!("give --s3-region {region}, or set `history.s3.region`")),
                None => wrong.hint("give its region with --s3-region, or set `history.s3.region`"),
            }
        }
        (401 | 403, _) => denied(
            "these credentials may not list or read there: s3:ListBucket and s3:GetObject are needed (--s3-anonymous reads what everybody may read)",
        ),
        (429 | 503, _) | (_, "SlowDown" | "ServiceUnavailable" | "Throttling" | "ThrottlingException") => {
            RemoteError::new(Fault::Busy, said)
        }
        (408 | 500 | 502 | 504, _) | (_, "InternalError" | "RequestTimeout") => {
            RemoteError::new(Fault::Transient, said)
        }
        (200, _) => not_s3(),
        _ => RemoteError::new(Fault::Permanent, said),
    }
}

/// Something else answers there, such as a proxy's log-in page.
pub(super) fn not_s3() -> RemoteError {
    RemoteError::new(
        Fault::Permanent,
        "what answers there does not speak the S3 protocol",
    )
    .hint("is the endpoint that of the S3 API, and not of a web console or a proxy?")
}

pub(super) fn no_credentials(reason: &str) -> RemoteError {
    RemoteError::new(Fault::Denied, format!("there are no AWS credentials: {reason}")).hint(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --s3-profile, or run where a role gives them; --s3-anonymous reads what everybody may read",
    )
}

/// The cause behind all causes; the wrappers say no more than that something failed.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> RemoteError {
        answer(
            &Answer {
                status,
                code: (!code.is_empty()).then_some(code),
                message: Some("as the store says"),
                region: (code == "PermanentRedirect").then_some("eu-central-1"),
            },
            "logs",
        )
    }

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        for (status, code) in [(500, "InternalError"), (502, ""), (400, "RequestTimeout")] {
            assert_eq!(of(status, code).fault(), Fault::Transient, "{status} {code}");
        }
        for (status, code) in [(503, "SlowDown"), (503, ""), (429, ""), (400, "Throttling")] {
            assert_eq!(of(status, code).fault(), Fault::Busy, "{status} {code}");
        }
        for (status, code) in [
            (403, "AccessDenied"),
            (403, ""),
            (400, "ExpiredToken"),
            (403, "InvalidAccessKeyId"),
        ] {
            assert_eq!(of(status, code).fault(), Fault::Denied, "{status} {code}");
        }
        assert_eq!(of(404, "NoSuchBucket").fault(), Fault::Missing);
        assert_eq!(of(412, "PreconditionFailed").fault(), Fault::Changed);
        assert_eq!(of(416, "InvalidRange").fault(), Fault::Changed);
        assert_eq!(of(200, "").fault(), Fault::Permanent);
    }

    #[test]
    fn hints_lead_to_the_cause() {
        assert!(
            of(301, "PermanentRedirect")
                .advice()
                .unwrap()
                .contains("--s3-region eu-central-1")
        );
        assert!(
            dispatch("invalid peer certificate: UnknownIssuer", false)
                .advice()
                .unwrap()
                .contains("AWS_CA_BUNDLE")
        );
        assert!(
            dispatch("received corrupt message of type InvalidContentType", false)
                .advice()
                .unwrap()
                .contains("http://")
        );
        let refused = dispatch("tcp connect error: Connection refused (os error 111)", false);
        assert!(refused.is_transient() && refused.advice().is_some());
        assert_eq!(
            of(403, "AccessDenied").to_string(),
            "AccessDenied: as the store says"
        );
    }
}
