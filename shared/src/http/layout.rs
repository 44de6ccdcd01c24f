//! The pages: one frame around all of them, and a policy that lets them load and run nothing.
//!
//! A page is one answer: its style and its images stand in it. The frame is `templates/layout.html`, the style
//! `templates/style.css`; askama escapes whatever else stands in a page.

use askama::Template;
use data_encoding::BASE64;
use lambda_http::http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::error::{Cause, Error};
use crate::http::branding::{Branding, Color};
use crate::http::response::Response;

/// The style of all pages, below the colours that [`style`] makes of the accent. The policy allows it by its hash, and nothing
/// else: no style attributes.
const STYLE: &str = include_str!("../../templates/style.css");
/// The backgrounds, as the system prefers.
const LIGHT: Color = Color::WHITE;
const DARK: Color = Color::new(0x18, 0x18, 0x1c);

/// What all pages have in common; a template gets it as `layout`.
#[derive(Debug)]
pub struct Layout {
    /// The name of the application.
    pub name: String,
    /// Its logo, as a URL.
    pub logo: Option<String>,
    /// The icon of its pages, as a URL.
    pub icon: String,
    /// The style of its pages.
    pub style: String,
    policy: String,
}

impl Layout {
    /// The frame of an application.
    #[must_use]
    pub fn new(branding: Branding) -> Self {
        let style = style(branding.accent);
        let hash = BASE64.encode(&Sha256::digest(&style));
        Self {
            name: branding.name,
            icon: branding.logo.clone().unwrap_or_else(|| keyhole(branding.accent)),
            logo: branding.logo,
            style,
            policy: format!(
                "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; \
                frame-ancestors 'none'; base-uri 'none'"
            ),
        }
    }

    /// A page.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template cannot be rendered.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Result<Response, Error> {
        let body = template.render().map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        let policy = HeaderValue::try_from(&self.policy)
            .map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        let page = Response::with_body(status, HeaderValue::from_static("text/html; charset=utf-8"), body);
        Ok(page.with_policy(policy))
    }
}

/// The style, with the colours that are made of the accent. Text on them can be read, whatever the accent is, and a button
/// never disappears in the page.
fn style(accent: Color) -> String {
    let colors = |page: Color| {
        let link = accent.readable_on(page);
        let fill = if accent.is_near(page) { link } else { accent };
        format!(":root{{--page:{page};--accent:{fill};--on-accent:{};--link:{link}}}", fill.text())
    };
    let (light, dark) = (colors(LIGHT), colors(DARK));
    // A browser takes returns out before it computes the hash.
    let style = STYLE.replace('\r', "");
    format!("{light}\n@media(prefers-color-scheme:dark){{{dark}}}\n{style}")
}

/// The icon of an application without a logo.
fn keyhole(accent: Color) -> String {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='{accent}'/>\
        <path d='M16 6a6 6 0 0 0-3 11l-2 9h10l-2-9a6 6 0 0 0-3-11z' fill='{}'/></svg>",
        accent.text(),
    );
    format!("data:image/svg+xml;base64,{}", BASE64.encode(svg.as_bytes()))
}
