//! Logs in S3 and in stores that speak its protocol.

mod client;
mod error;
mod listing;
mod object;

use std::io::{self, Read};
use std::sync::Arc;

use aws_sdk_s3::types::Object as ListedObject;
use tokio::task::JoinSet;

use super::remote::{Endpoint, ReadAhead, Remote, RemoteError, Request, RequestCounts};
use super::{Address, Listing, Log, LogFile, Open, Preliminaries, Rejected, RollingDirectory, Source};
use crate::settings::S3Settings;
use error::explain;
use listing::{Gathering, Object, is_sharded};
use object::ObjectRanges;

pub(super) use client::Store;

/// Objects of one page, the most that S3 gives.
const PAGE: i32 = 1000;
/// Directories of a sharded tree that are listed side by side.
const SIDE_BY_SIDE: usize = 8;

/// A bucket, and how it is called.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) store: Arc<Store>,
    pub(super) name: String,
    pub(super) endpoint: Endpoint,
}

/// A page of a listing.
struct Page {
    objects: Vec<Object>,
    directories: Vec<String>,
    next: Option<String>,
}

impl Bucket {
    /// One page of the keys below `prefix`; with `by_directory` only of those right below it, and the
    /// directories there.
    async fn page(
        self: &Arc<Self>,
        prefix: &str,
        by_directory: bool,
        token: Option<String>,
    ) -> Result<Page, RemoteError> {
        self.endpoint
            .call(Request::List, || {
                let (bucket, prefix, token) = (Arc::clone(self), prefix.to_owned(), token.clone());
                async move {
                    let answer = bucket
                        .store
                        .client()
                        .await?
                        .list_objects_v2()
                        .bucket(&bucket.name)
                        .set_prefix((!prefix.is_empty()).then_some(prefix))
                        .set_delimiter(by_directory.then(|| "/".to_owned()))
                        .set_continuation_token(token)
                        .max_keys(PAGE)
                        .send()
                        .await
                        .map_err(|error| explain(&error, &bucket.name))?;
                    let directories = answer.common_prefixes().iter().filter_map(|found| found.prefix());
                    Ok(Page {
                        directories: directories.map(str::to_owned).collect(),
                        objects: answer.contents().iter().filter_map(object).collect(),
                        next: answer.next_continuation_token().map(str::to_owned),
                    })
                }
            })
            .await
    }

    /// All pages from `token` on.
    async fn pages(
        self: &Arc<Self>,
        prefix: &str,
        by_directory: bool,
        mut token: Option<String>,
        mut take: impl FnMut(Page),
    ) -> Result<(), RemoteError> {
        loop {
            let page = self.page(prefix, by_directory, token).await?;
            token = page.next.clone();
            take(page);
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// Lists directories side by side. What cannot be listed comes back with the reason.
    async fn shards(
        self: &Arc<Self>,
        directories: Vec<String>,
        gathering: &mut Gathering<'_>,
    ) -> Vec<(String, RemoteError)> {
        let mut failed = Vec::new();
        let mut waiting = directories.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < SIDE_BY_SIDE
                && let Some(directory) = waiting.next()
            {
                let bucket = Arc::clone(self);
                under_way.spawn(async move {
                    let mut objects = Vec::new();
                    let outcome = bucket
                        .pages(&directory, false, None, |page| objects.extend(page.objects))
                        .await;
                    (directory, objects, outcome)
                });
            }
            match under_way.join_next().await {
                None => return failed,
                Some(Err(_)) => {}
                Some(Ok((directory, objects, outcome))) => {
                    objects.into_iter().for_each(|object| gathering.add(&object));
                    if let Err(error) = outcome {
                        failed.push((directory, error));
                    }
                }
            }
        }
    }
}

/// Where the store listens, if that can be known beforehand.
fn address(settings: &S3Settings, bucket: &str) -> Option<Address> {
    let endpoint = match (&settings.endpoint, &settings.region) {
        (Some(endpoint), _) if settings.path_style => endpoint.clone(),
        (Some(endpoint), _) => endpoint.replacen("://", &format!("://{bucket}."), 1),
        (None, Some(region)) => format!("https://s3.{region}.amazonaws.com"),
        (None, None) => return None,
    };
    let (scheme, rest) = endpoint.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, default),
    };
    Some(Address {
        host: host.to_owned(),
        port,
    })
}

fn object(listed: &ListedObject) -> Option<Object> {
    Some(Object {
        key: listed.key()?.to_owned(),
        size_bytes: u64::try_from(listed.size().unwrap_or(0)).unwrap_or(0),
        modified_ms: listed
            .last_modified()
            .and_then(|time| time.to_millis().ok())
            .unwrap_or(0),
    })
}

/// Objects of a bucket, below a prefix.
#[derive(Debug)]
pub(super) struct S3 {
    remote: Arc<Remote>,
    bucket: Arc<Bucket>,
    /// Without slashes at its ends; empty for all of the bucket.
    prefix: String,
}

impl S3 {
    pub(super) fn new(remote: Arc<Remote>, bucket: Arc<Bucket>, prefix: &str) -> Self {
        S3 {
            remote,
            bucket,
            prefix: prefix.to_owned(),
        }
    }

    async fn sweep(&self, depth: usize) -> Result<Listing, RemoteError> {
        let prefix = if self.prefix.is_empty() {
            String::new()
        } else {
            format!("{}/", self.prefix)
        };
        let mut gathering = Gathering::new(&self.bucket.name, &prefix, depth);
        let mut unlisted = Vec::new();
        let first = self.bucket.page(&prefix, false, None).await?;
        let is_empty = first.objects.is_empty();
        match first.next {
            Some(_) if is_sharded(&prefix, first.objects.iter().map(|object| object.key.as_str())) => {
                let mut directories = Vec::new();
                self.bucket
                    .pages(&prefix, true, None, |page| {
                        page.objects.into_iter().for_each(|object| gathering.add(&object));
                        directories.extend(page.directories);
                    })
                    .await?;
                unlisted = self.bucket.shards(directories, &mut gathering).await;
            }
            next => {
                first
                    .objects
                    .into_iter()
                    .for_each(|object| gathering.add(&object));
                if next.is_some() {
                    let rest = self.bucket.pages(&prefix, false, next, |page| {
                        page.objects.into_iter().for_each(|object| gathering.add(&object));
                    });
                    if let Err(error) = rest.await {
                        unlisted.push((prefix.clone(), error));
                    }
                }
            }
        }
        let mut found = gathering.finish();
        if is_empty && !self.prefix.is_empty() {
            found = self.one_object().await?;
        }
        let root = format!("s3://{}/", self.bucket.name);
        Ok(Listing {
            found,
            unlisted: unlisted
                .into_iter()
                .map(|(key, error)| (format!("{root}{key}"), error.into()))
                .collect(),
            root: format!("{root}{prefix}"),
        })
    }

    /// The object that the place names, if it names one and not a directory.
    async fn one_object(&self) -> Result<Vec<super::Found>, RemoteError> {
        let page = self.bucket.page(&self.prefix, false, None).await?;
        let is_it = |object: &Object| object.key == self.prefix && object.size_bytes > 0;
        let directory = self
            .prefix
            .rsplit_once('/')
            .map_or(String::new(), |(directory, _)| format!("{directory}/"));
        let mut gathering = Gathering::new(&self.bucket.name, &directory, 0);
        page.objects
            .into_iter()
            .filter(is_it)
            .for_each(|object| gathering.add(&object));
        Ok(gathering.finish())
    }
}

impl Source for S3 {
    fn list(&self, depth: usize) -> io::Result<Listing> {
        Ok(self.remote.handle().block_on(self.sweep(depth))?)
    }

    fn expand(&self, directory: &RollingDirectory) -> io::Result<Result<Log, Rejected>> {
        // The sweep sees into every directory.
        Err(io::Error::other(format!("{} was not listed", directory.path)))
    }

    fn requests(&self) -> Option<RequestCounts> {
        Some(self.bucket.endpoint.counts())
    }

    fn preliminaries(&self) -> Option<Preliminaries> {
        let settings = self.bucket.store.settings();
        let region = settings
            .region
            .as_deref()
            .unwrap_or("of the environment, profile or machine");
        let endpoint = settings.endpoint.as_deref().unwrap_or("of AWS");
        let who = match (&settings.keys, settings.is_anonymous, &settings.profile) {
            (_, true, _) => "anonymous".to_owned(),
            (Some(keys), _, _) => format!("access key id {}", keys.access_key_id),
            (None, _, Some(profile)) => format!("profile {profile}"),
            (None, _, None) => "the usual chain of credentials".to_owned(),
        };
        let style = if settings.path_style { "path" } else { "host name" };
        Some(Preliminaries {
            configuration: format!(
                "bucket {} in the {style}, endpoint {endpoint}, region {region}, {who}",
                self.bucket.name
            ),
            addresses: address(settings, &self.bucket.name).into_iter().collect(),
            connect_timeout: settings.timeouts.connect,
        })
    }

    fn authenticate(&self) -> io::Result<String> {
        let bucket = Arc::clone(&self.bucket);
        let prefix = if self.prefix.is_empty() {
            String::new()
        } else {
            format!("{}/", self.prefix)
        };
        let page = self
            .remote
            .handle()
            .block_on(async move { bucket.page(&prefix, true, None).await })?;
        let number = page.objects.len() + page.directories.len();
        Ok(format!("the bucket answers, {number} entries on the first page"))
    }
}

impl Open for S3 {
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>> {
        let root = format!("s3://{}/", self.bucket.name);
        let key = file.path.strip_prefix(&root).unwrap_or(&file.path);
        let object = Arc::new(ObjectRanges::new(Arc::clone(&self.bucket), key.to_owned()));
        let handle = self.remote.handle().clone();
        Ok(Box::new(ReadAhead::new(
            handle,
            object,
            file.size_bytes,
            self.remote.depth(),
        )))
    }
}
