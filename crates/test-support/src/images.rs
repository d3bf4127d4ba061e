//! Makes a small image, and copies it with skopeo.

use std::fs;

use super::Sandbox;
use super::clients::{Ran, client};

/// A shell script that makes a layer with one file, its configuration and its manifest.
const MAKE: &str = r#"set -e
mkdir -p image/blobs/sha256
cd image
keep() {
    digest=sha256:$(sha256sum < "$1" | cut -d ' ' -f 1)
    size=$(wc -c < "$1")
    mv "$1" "blobs/sha256/${digest#sha256:}"
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"%s","size":%s}' "$2" "$digest" "$size"
}
echo hello > hello.txt
tar -cf layer.tar hello.txt
rm hello.txt
plain=sha256:$(sha256sum < layer.tar | cut -d ' ' -f 1)
gzip -n layer.tar
layer=$(keep layer.tar.gz layer.v1.tar+gzip)
rootfs="{\"type\":\"layers\",\"diff_ids\":[\"$plain\"]}"
printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":%s}' "$rootfs" > config
config=$(keep config config.v1+json)
printf '{"schemaVersion":2,"config":%s,"layers":[%s]}' "$config" "$layer" > manifest
manifest=$(keep manifest manifest.v1+json)
printf '{"schemaVersion":2,"manifests":[%s]}' "$manifest" > index.json
printf '{"imageLayoutVersion":"1.0.0"}' > oci-layout
"#;

/// Makes an image layout in the directory `image`.
#[track_caller]
pub fn make(sandbox: &Sandbox) {
    client(sandbox, "sh", &["-c", MAKE]).run().succeeds();
}

/// Runs `skopeo copy` with these arguments.
pub fn copy(sandbox: &Sandbox, args: &[&str]) -> Ran {
    client(sandbox, "skopeo", &[&["--insecure-policy", "copy"], args].concat()).run()
}

/// The digest and the content of each blob of the image layout in this directory.
pub fn blobs(sandbox: &Sandbox, directory: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(sandbox.path(directory).join("blobs/sha256")).unwrap();
    let mut blobs: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    blobs.sort();
    blobs
}
