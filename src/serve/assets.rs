//! The style sheet, the script and the icon, as part of the program. Their addresses change with their content,
//! so that a browser may keep them for ever.

use std::sync::LazyLock;

use twox_hash::XxHash3_128;

use super::exchange::Answer;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
    url: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    let asset = |name: &'static str, content_type, content: &'static str| {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hash = XxHash3_128::oneshot(content.as_bytes());
        Asset {
            name,
            content_type,
            content,
            url: format!("/assets/{stem}-{:016x}.{extension}", hash >> 64),
        }
    };
    [
        asset(
            "style.css",
            "text/css; charset=utf-8",
            include_str!("assets/style.css"),
        ),
        asset(
            "app.js",
            "text/javascript; charset=utf-8",
            include_str!("assets/app.js"),
        ),
        asset("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ]
});

/// The address of an asset.
pub(super) fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("/assets/none", |asset| asset.url.as_str())
}

/// The asset at this path. Browsers ask for `/favicon.ico` whatever a page says.
pub(super) fn answer(path: &str) -> Option<Answer> {
    let asset = match path {
        "/favicon.ico" => ASSETS.iter().find(|asset| asset.name == "icon.svg"),
        path => ASSETS.iter().find(|asset| asset.url == path),
    }?;
    let answer = Answer::whole(200, asset.content_type, asset.content);
    Some(answer.with("cache-control", "public, max-age=31536000, immutable"))
}
