//! The storage of the example registry: uploads are served unchanged, and invalid uploads are rejected.

use crate::support::clients::{Answer, client};
use crate::support::registry::Registry;
use crate::support::{SHA1, Sandbox};

const MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

fn sandbox() -> Sandbox {
    Sandbox::with(format!("alice:{SHA1}\n"))
}

fn ask(registry: &Registry<'_>, method: &str, path: &str, args: &[&str]) -> Answer {
    registry.curl(path, &[&["-u", "alice:secret", "-X", method], args].concat())
}

fn digest(sandbox: &Sandbox, content: &str) -> String {
    let run = client(sandbox, "sha256sum", &[""; 0]).stdin(content).run();
    format!("sha256:{}", run.stdout.split(' ').next().unwrap())
}

/// Starts an upload and returns its path.
fn begin(registry: &Registry<'_>) -> String {
    let answer = ask(registry, "POST", "/v2/library/hello/blobs/uploads/", &[]);
    assert_eq!(answer.status, 202);
    answer.headers("location").concat()
}

/// Asserts that `GET` and `HEAD` find this content.
#[track_caller]
fn assert_stored(registry: &Registry<'_>, path: &str, content: &str, media_type: &str) {
    for (method, body) in [(&["-G"], content), (&["-I"], "")] {
        let answer = registry.curl(path, &[&["-u", "alice:secret"], &method[..]].concat());
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert_eq!(answer.headers("content-length"), [content.len().to_string()]);
        assert_eq!(answer.headers("content-type"), [media_type]);
        assert_eq!(answer.headers("docker-content-digest"), [digest(registry.sandbox, content)]);
    }
}

#[test]
fn blobs_are_uploaded_whole_or_in_chunks() {
    let sandbox = sandbox();
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let is_blob = |content| {
        let path = format!("/v2/library/hello/blobs/{}", digest(&sandbox, content));
        assert_stored(&registry, &path, content, "application/octet-stream");
    };
    let ends = |method, path: &str, content, all| {
        let path = format!("{path}?digest={}", digest(&sandbox, all).replace(':', "%3A"));
        let answer = ask(&registry, method, &path, &["--data-binary", content]);
        assert_eq!(answer.status, 201);
        assert_eq!(
            answer.headers("location"),
            [format!("/v2/library/hello/blobs/{}", digest(&sandbox, all))]
        );
        is_blob(all);
    };
    ends("POST", "/v2/library/hello/blobs/uploads/", "at once", "at once");
    ends("PUT", &begin(&registry), "in two requests", "in two requests");

    let upload = begin(&registry);
    for (range, chunk, all) in [("0-5", "chunk ", "0-5"), ("6-11", "by chu", "0-11")] {
        let range = format!("Content-Range: {range}");
        let answer = ask(&registry, "PATCH", &upload, &["-H", &range, "--data-binary", chunk]);
        assert_eq!((answer.status, answer.headers("range")), (202, vec![all]));
        assert_eq!(answer.headers("location"), [&upload]);
    }
    let range = "Content-Range: 6-11";
    let again = ask(&registry, "PATCH", &upload, &["-H", range, "--data-binary", "by chu"]);
    assert_eq!(again.status, 416);
    ends("PUT", &upload, "nk", "chunk by chunk");
    ends("PUT", &begin(&registry), "", "");
}

#[test]
fn content_with_another_digest_is_rejected() {
    let sandbox = sandbox();
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let other = digest(&sandbox, "other");
    for digest in [&other, "sha256:", "x", "../../passwd", "sha512:00"] {
        let path = format!("{}?digest={digest}", begin(&registry));
        assert_eq!(ask(&registry, "PUT", &path, &["--data-binary", "this"]).status, 400, "{digest}");
        assert_eq!(ask(&registry, "PUT", &path, &["--data-binary", "this"]).status, 404, "{digest}");
    }
    assert_eq!(ask(&registry, "PUT", &begin(&registry), &["--data-binary", "this"]).status, 400);
    let path = format!("/v2/library/hello/manifests/{other}");
    let media_type = format!("Content-Type: {MEDIA_TYPE}");
    assert_eq!(ask(&registry, "PUT", &path, &["-H", &media_type, "--data-binary", "{}"]).status, 400);
    for kind in ["blobs", "manifests"] {
        for content in ["this", "other", "{}"] {
            let path = format!("/v2/library/hello/{kind}/{}", digest(&sandbox, content));
            assert_eq!(ask(&registry, "GET", &path, &[]).status, 404, "{path}");
        }
    }
}

#[test]
fn manifests_keep_their_tags_and_media_types() {
    let sandbox = sandbox();
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let put = |reference: &str, media_type: &str, content| {
        let path = format!("/v2/library/hello/manifests/{reference}");
        let media_type = format!("Content-Type: {media_type}");
        let answer = ask(&registry, "PUT", &path, &["-H", &media_type, "--data-binary", content]);
        assert_eq!(answer.status, 201);
        assert_eq!(answer.headers("docker-content-digest"), [digest(&sandbox, content)]);
    };
    let is = |reference: &str, media_type, content| {
        assert_stored(&registry, &format!("/v2/library/hello/manifests/{reference}"), content, media_type);
    };
    let (one, two, three) = ("{\"one\":1}", "{\"two\":2}", "{\"three\":3}");
    put("latest", MEDIA_TYPE, one);
    put("v1.0_x-y", MEDIA_TYPE, one);
    is("latest", MEDIA_TYPE, one);
    put("latest", "application/vnd.docker.distribution.manifest.v2+json", two);
    is("latest", "application/vnd.docker.distribution.manifest.v2+json", two);
    is("v1.0_x-y", MEDIA_TYPE, one);
    is(&digest(&sandbox, one), MEDIA_TYPE, one);
    put(&digest(&sandbox, three), MEDIA_TYPE, three);
    is(&digest(&sandbox, three), MEDIA_TYPE, three);

    let tags = ask(&registry, "GET", "/v2/library/hello/tags/list", &[]);
    assert_eq!(tags.body, "{\"name\":\"library/hello\",\"tags\":[\"latest\",\"v1.0_x-y\"]}");
    let catalog = ask(&registry, "GET", "/v2/_catalog", &[]);
    assert_eq!(catalog.body, "{\"repositories\":[\"library/hello\"]}");
    for path in ["/v2/library/hello/manifests/x", "/v2/hello/manifests/latest", "/v2/hello/tags/list"] {
        assert_eq!(ask(&registry, "GET", path, &[]).status, 404, "{path}");
    }
}

#[test]
fn no_name_escapes_the_directory() {
    let sandbox = sandbox();
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let tree = || client(&sandbox, "find", &[sandbox.root()]).run().stdout;
    let before = tree();
    for path in [
        "/v2/../x/manifests/latest",
        "/v2/a/../../x/manifests/latest",
        "/v2/a~..~x/manifests/latest",
        "/v2/%2e%2e/manifests/latest",
        "/v2//manifests/latest",
        "/v2/.a/manifests/latest",
        "/v2/a/manifests/..",
        "/v2/a/manifests/.x",
        "/v2/a/manifests/",
        "/v2/a/blobs/uploads/..",
        "/v2/a/blobs/uploads/../../passwd",
        "/v2/a/blobs/../passwd",
    ] {
        for method in ["GET", "PUT", "PATCH"] {
            let args = ["-H", "Content-Type: text/plain", "--data-binary", "mallory:"];
            let status = ask(&registry, method, path, &args).status;
            assert!((400..500).contains(&status), "{method} {path}: {status}");
        }
    }
    assert_eq!(tree(), before);
}

#[test]
fn uploads_and_downloads_need_credentials() {
    let sandbox = sandbox();
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let path = format!("/v2/a/blobs/uploads/?digest={}", digest(&sandbox, "x"));
    assert_eq!(ask(&registry, "POST", &path, &["--data-binary", "x"]).status, 201);
    let tree = || client(&sandbox, "find", &[sandbox.root().join("data")]).run().stdout;
    let before = tree();
    let blob = format!("/v2/a/blobs/{}", digest(&sandbox, "x"));
    for (method, path) in [("POST", &path[..]), ("PUT", "/v2/a/manifests/b"), ("GET", &blob), ("HEAD", &blob)]
    {
        let method = if method == "HEAD" { vec!["-I"] } else { vec!["-X", method] };
        let answer = registry.curl(path, &[&method[..], &["-u", "alice:wrong"]].concat());
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{method:?} {path}");
    }
    assert_eq!(tree(), before);
}
