//! Stores and serves the images of the registry by the OCI Distribution Specification. It never deletes an image, and
//! sends each list as one page. The data are in these files:
//!
//! - `blobs/sha256:…`: the content of a layer, a configuration or a manifest
//! - `names/NAME/manifests/sha256:…`: the media type of a manifest
//! - `names/NAME/tags/TAG`: the digest of the manifest with this tag
//! - `uploads/…`: an upload that is not complete

#[path = "uploads.rs"]
mod uploads;

use std::collections::BTreeMap;
use std::fs::create_dir_all;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::fs;
use tokio::task::block_in_place;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The maximum length of a manifest in bytes. The specification asks registries to accept manifests of this length.
const MAX_MANIFEST: usize = 4 << 20;

/// The maximum length of an image's name in bytes, because it becomes the name of a directory.
const MAX_NAME: usize = 255;

struct Images {
    blobs: PathBuf,
    names: PathBuf,
    uploads: PathBuf,
}

pub(crate) fn routes(data: &Path) -> io::Result<Router> {
    let images =
        Images { blobs: data.join("blobs"), names: data.join("names"), uploads: data.join("uploads") };
    for directory in [&images.blobs, &images.names, &images.uploads] {
        create_dir_all(directory)?;
    }
    Ok(Router::new().route("/v2/_catalog", get(catalog)).fallback(answer).with_state(Arc::new(images)))
}

async fn catalog(State(images): State<Arc<Images>>) -> Response {
    match list(&images.names).await {
        Ok(names) => Json(json!({ "repositories": names })).into_response(),
        Err(error) => error_response(&error, ""),
    }
}

/// Answers requests for all other paths. The router cannot split these paths, because the names of images contain
/// slashes.
async fn answer(
    State(images): State<Arc<Images>>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    let Some((name, kind, last)) = parts(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let home = images.names.join(name.replace('/', "~"));
    let answer = match (kind, request.method().as_str()) {
        ("tags", "GET") if last == "list" => {
            let tags = list(&home.join("tags")).await;
            tags.map(|tags| Json(json!({ "name": name, "tags": tags })).into_response())
        }
        ("blobs", "GET" | "HEAD") => images.blob(last, request).await,
        ("manifests", "GET" | "HEAD") => images.manifest(&home, last).await,
        ("manifests", "PUT") => images.put_manifest(&home, last, request).await,
        ("uploads", "POST" | "PATCH" | "PUT") => {
            let digest = query.get("digest").map(String::as_str);
            images.upload(name, last, digest, request).await
        }
        _ => Err(ErrorKind::Unsupported.into()),
    };
    answer.unwrap_or_else(|error| error_response(&error, kind))
}

/// Splits a path into the name of the image, the kind of object and the object: `library/hello`, `manifests` and
/// `latest`.
fn parts(path: &str) -> Option<(&str, &str, &str)> {
    let (rest, last) = path.strip_prefix("/v2/")?.rsplit_once('/')?;
    let (rest, kind) = rest.rsplit_once('/')?;
    let name = if kind == "uploads" { rest.strip_suffix("/blobs")? } else { rest };
    (name.len() <= MAX_NAME && name.split('/').all(is_plain)).then_some((name, kind, last))
}

/// Returns true if the text can be a part of a name, a tag or an upload. A path with such a text never leads out of
/// its directory.
fn is_plain(part: &str) -> bool {
    part.len() <= 128
        && part.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn digest(mut content: impl Read) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(format!("sha256:{:x}", Bytes::copy_from_slice(&hash.finalize()))),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// The names in a directory, sorted. File names contain `~` for the slashes of names.
async fn list(directory: &Path) -> io::Result<Vec<String>> {
    let (mut entries, mut names) = (fs::read_dir(directory).await?, Vec::new());
    while let Some(entry) = entries.next_entry().await? {
        names.push(entry.file_name().to_string_lossy().replace('~', "/"));
    }
    names.sort();
    Ok(names)
}

fn error_response(error: &io::Error, kind: &str) -> Response {
    let (status, code) = match (error.kind(), kind) {
        (ErrorKind::NotFound, "blobs") => (StatusCode::NOT_FOUND, "BLOB_UNKNOWN"),
        (ErrorKind::NotFound, "manifests") => (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN"),
        (ErrorKind::NotFound, "uploads") => (StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN"),
        (ErrorKind::NotFound, _) => (StatusCode::NOT_FOUND, "NAME_UNKNOWN"),
        (ErrorKind::InvalidData, _) => (StatusCode::BAD_REQUEST, "DIGEST_INVALID"),
        (ErrorKind::InvalidInput, _) => (StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID"),
        (ErrorKind::Unsupported, _) => (StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN"),
    };
    (status, Json(json!({ "errors": [{ "code": code, "message": code }] }))).into_response()
}

impl Images {
    async fn blob(&self, digest: &str, request: Request) -> io::Result<Response> {
        if !is_digest(digest) {
            return Err(ErrorKind::InvalidData.into());
        }
        let path = self.blobs.join(digest);
        fs::metadata(&path).await?;
        let Ok(response) = ServeFile::new(path).oneshot(request).await;
        Ok(([(DIGEST, digest)], response.map(Body::new)).into_response())
    }

    async fn manifest(&self, home: &Path, reference: &str) -> io::Result<Response> {
        let digest = if is_digest(reference) {
            reference.to_owned()
        } else if is_plain(reference) {
            fs::read_to_string(home.join("tags").join(reference)).await?
        } else {
            return Err(ErrorKind::NotFound.into());
        };
        let media_type = fs::read_to_string(home.join("manifests").join(&digest)).await?;
        let content = fs::read(self.blobs.join(&digest)).await?;
        Ok(([(CONTENT_TYPE, media_type), (DIGEST, digest)], content).into_response())
    }

    async fn put_manifest(&self, home: &Path, reference: &str, request: Request) -> io::Result<Response> {
        let (location, tag) = (request.uri().path().to_owned(), is_plain(reference).then_some(reference));
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.ok_or(ErrorKind::InvalidData)?.to_owned();
        let content =
            to_bytes(request.into_body(), MAX_MANIFEST).await.map_err(|_| ErrorKind::InvalidData)?;
        let digest = digest(&content[..])?;
        if tag.is_none() && reference != digest {
            return Err(ErrorKind::InvalidData.into());
        }
        block_in_place(|| {
            create_dir_all(home.join("manifests"))?;
            create_dir_all(home.join("tags"))?;
            self.write(&content, &self.blobs.join(&digest))?;
            self.write(media_type.as_bytes(), &home.join("manifests").join(&digest))?;
            tag.map_or(Ok(()), |tag| self.write(digest.as_bytes(), &home.join("tags").join(tag)))
        })?;
        Ok((StatusCode::CREATED, [(LOCATION, location), (DIGEST, digest)]).into_response())
    }

    /// Writes a file and then moves it to its path, so that readers never see a part of it.
    fn write(&self, content: &[u8], to: &Path) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.uploads)?;
        file.write_all(content)?;
        file.persist(to)?;
        Ok(())
    }
}
