//! The layout of all pages, and a policy that lets them load and run nothing.
//!
//! A page is one response, which contains its style and its images. The layout is `templates/layout.html`, and the
//! style is `templates/style.css`. Askama escapes everything else.

use std::ops::Deref;
use std::sync::OnceLock;

use askama::Template;
use data_encoding::BASE64;
use lambda_http::http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::error::{Cause, Error};
use crate::http::branding::{Branding, Color};
use crate::http::notice::Notice;
use crate::http::response::Response;

/// The style of all pages. [`css`] puts the colours of the accent above it. The policy allows only this style, by its
/// hash, and no `style` attribute.
const STYLE: &str = include_str!("../../templates/style.css");
/// The backgrounds of the light and the dark colour scheme.
const LIGHT: Color = Color::WHITE;
const DARK: Color = Color::new(0x18, 0x18, 0x1c);

/// What all pages have in common.
#[derive(Debug)]
pub struct Layout {
    /// The name of the application.
    pub name: String,
    /// The logo of the application, as a `data:` URL.
    pub logo: Option<String>,
    /// The icon of the pages, as a `data:` URL.
    pub icon: String,
    /// Whether the site has a sign-up, to which pages can link.
    pub has_signup: bool,
    /// Whether mail is on, so that pages can offer what needs it.
    pub has_mail: bool,
    form_action: String,
    accent: Color,
    /// Made for the first page: most requests of programs need none.
    style: OnceLock<Style>,
}

/// The style of all pages, and the policy that allows it.
#[derive(Debug)]
struct Style {
    css: String,
    policy: String,
}

impl Layout {
    /// The layout of an application with this branding, with or without a sign-up, with or without mail. `form_action`
    /// says where its forms may lead, as the policy of a page does.
    #[must_use]
    pub fn new(branding: Branding, form_action: String, has_signup: bool, has_mail: bool) -> Self {
        Self {
            form_action,
            name: branding.name,
            icon: branding.logo.clone().unwrap_or_else(|| keyhole(branding.accent)),
            logo: branding.logo,
            has_signup,
            has_mail,
            accent: branding.accent,
            style: OnceLock::new(),
        }
    }

    /// The style of the pages, as CSS.
    #[must_use]
    pub fn css(&self) -> &str {
        &self.style().css
    }

    fn style(&self) -> &Style {
        self.style.get_or_init(|| {
            let css = css(self.accent);
            let hash = BASE64.encode(&Sha256::digest(&css));
            let policy = format!(
                "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action {}; \
                frame-ancestors 'none'; base-uri 'none'",
                self.form_action
            );
            Style { css, policy }
        })
    }

    /// The response with a page.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template cannot be rendered.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Result<Response, Error> {
        let body = template.render().map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        let policy = HeaderValue::try_from(&self.style().policy)
            .map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        let page = Response::with_body(status, HeaderValue::from_static("text/html; charset=utf-8"), body);
        Ok(page.with_policy(policy))
    }
}

/// The layout as one request shows it: with the notice of what has just happened. A template gets it as `layout`.
#[derive(Debug)]
pub struct View<'a> {
    layout: &'a Layout,
    /// The notice that the page shows, and the cookie that clears it.
    shown: Option<(Notice, String)>,
}

impl<'a> View<'a> {
    /// The layout with a notice, and the `Set-Cookie` that clears it.
    #[must_use]
    pub(super) fn new(layout: &'a Layout, shown: Option<(Notice, String)>) -> Self {
        Self { layout, shown }
    }

    /// The sentence of the notice.
    #[must_use]
    pub fn notice(&self) -> Option<&'static str> {
        self.shown.as_ref().map(|(notice, _)| notice.sentence())
    }

    /// The response with a page. It clears the notice that it shows.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template cannot be rendered.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Result<Response, Error> {
        let page = self.layout.page(status, template)?;
        Ok(match &self.shown {
            Some((_, clearing)) => page.with_cookie(clearing.clone()),
            None => page,
        })
    }
}

impl Deref for View<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        self.layout
    }
}

/// The style, with the colours that are derived from the accent. With every accent, text is readable and a button is
/// visible on the page.
fn css(accent: Color) -> String {
    let colors = |page: Color| {
        let link = accent.readable_on(page);
        let fill = if accent.is_near(page) { link } else { accent };
        format!(":root{{--page:{page};--accent:{fill};--on-accent:{};--link:{link}}}", fill.text())
    };
    let (light, dark) = (colors(LIGHT), colors(DARK));
    // A browser removes carriage returns before it computes the hash.
    let style = STYLE.replace('\r', "");
    format!("{light}\n@media(prefers-color-scheme:dark){{{dark}}}\n{style}")
}

/// The icon of an application without a logo.
fn keyhole(accent: Color) -> String {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>\
        <rect width='32' height='32' rx='7' fill='{accent}'/>\
        <path d='M16 6a6 6 0 0 0-3 11l-2 9h10l-2-9a6 6 0 0 0-3-11z' fill='{}'/></svg>",
        accent.text(),
    );
    format!("data:image/svg+xml;base64,{}", BASE64.encode(svg.as_bytes()))
}
