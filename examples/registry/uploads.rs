//! Receives the blobs that clients upload, in one request or in several requests with a part each. A blob gets its
//! final path only after its digest is verified.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_RANGE, LOCATION, RANGE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt as _;
use tokio::task::block_in_place;

use super::{DIGEST, Images, digest, is_digest, is_plain};

impl Images {
    /// Starts an upload with POST, and appends to it otherwise. Completes the upload if the request has its digest.
    pub(super) async fn upload(
        &self,
        name: &str,
        id: &str,
        expected_digest: Option<&str>,
        request: Request,
    ) -> io::Result<Response> {
        let id = match *request.method() {
            Method::POST => self.begin()?,
            Method::PUT if expected_digest.is_none() => return Err(ErrorKind::InvalidData.into()),
            _ => id.to_owned(),
        };
        if !is_plain(&id) {
            return Err(ErrorKind::NotFound.into());
        }
        let path = self.uploads.join(&id);
        let offset = fs::metadata(&path).await?.len();
        let range = request.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        if range.is_some_and(|range| range.split('-').next() != Some(&offset.to_string())) {
            return Err(ErrorKind::InvalidInput.into());
        }
        let length = append(&path, request.into_body()).await?;
        let Some(expected) = expected_digest else {
            let location = format!("/v2/{name}/blobs/uploads/{id}");
            let range = format!("0-{}", length.saturating_sub(1));
            return Ok((StatusCode::ACCEPTED, [(LOCATION, location), (RANGE, range)]).into_response());
        };
        if !is_digest(expected) || block_in_place(|| digest(File::open(&path)?))? != expected {
            fs::remove_file(path).await?;
            return Err(ErrorKind::InvalidData.into());
        }
        fs::rename(path, self.blobs.join(expected)).await?;
        let location = format!("/v2/{name}/blobs/{expected}");
        Ok((StatusCode::CREATED, [(LOCATION, location), (DIGEST, expected.to_owned())]).into_response())
    }

    /// Creates an empty file and returns its name, which is random so that other users cannot guess it.
    fn begin(&self) -> io::Result<String> {
        let file = tempfile::Builder::new().prefix("upload-").rand_bytes(20).tempfile_in(&self.uploads)?;
        let (_, path) = file.keep()?;
        Ok(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }
}

/// Appends the body to the file, and returns the new length of the file.
async fn append(path: &Path, mut body: Body) -> io::Result<u64> {
    let mut file = OpenOptions::new().append(true).open(path).await?;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            file.write_all(&data).await?;
        }
    }
    file.sync_all().await?;
    Ok(file.metadata().await?.len())
}
