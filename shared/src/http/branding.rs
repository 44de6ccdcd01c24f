//! The branding of the pages: the name, the accent colour and the logo of the application.
//!
//! An operator sets them, and they become part of HTML and CSS. So each is parsed into a type that can hold nothing
//! else. Every accent works: the colours that are derived from it are readable on every page.

use std::fmt;

use data_encoding::BASE64;
use validator::{ValidateLength, ValidateNonControlCharacter};

use crate::config::{ConfigError, Environment};

/// The most code points of an application's name.
const NAME_MAX_LENGTH: u64 = 50;
/// The most bytes of a logo's URL. All variables of a Lambda function share 4 KB.
const LOGO_MAX_LENGTH: usize = 2_048;
/// The contrast that readable text needs (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;

/// The name, the accent colour and the logo of the application.
#[derive(Debug, Clone)]
pub struct Branding {
    /// The name of the application.
    pub name: String,
    /// The colour from which those of buttons and links are derived.
    pub accent: Color,
    /// The logo, as a `data:` URL.
    pub logo: Option<String>,
}

impl Branding {
    /// Reads `APPLICATION_NAME` (default `Latchkey`), `ACCENT_COLOR` (default `#2b50c8`) and `LOGO` (default: none).
    ///
    /// # Errors
    /// When the name is not one short line, the accent is not a colour, or the logo is not a small image.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let name =
            parse_name(environment.get("APPLICATION_NAME").unwrap_or("Latchkey")).ok_or_else(|| {
                let expected = format!("must be one line of 1 to {NAME_MAX_LENGTH} characters");
                ConfigError::new("APPLICATION_NAME", expected)
            })?;
        let accent = Color::parse(environment.get("ACCENT_COLOR").unwrap_or("#2b50c8"))
            .ok_or_else(|| ConfigError::new("ACCENT_COLOR", "must be a colour like #2b50c8"))?;
        let logo = environment.get("LOGO").map(|logo| {
            parse_logo(logo).ok_or_else(|| {
                let form = "must be a data: URL of an SVG, PNG or WebP in base64";
                ConfigError::new("LOGO", format!("{form}, of at most {LOGO_MAX_LENGTH} characters"))
            })
        });
        Ok(Self { name, accent, logo: logo.transpose()? })
    }
}

/// Parses the name of an application. `None` if it is blank, is too long, or contains a control character.
#[must_use]
pub fn parse_name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name =
        text.validate_length(Some(1), Some(NAME_MAX_LENGTH), None) && text.validate_non_control_character();
    is_name.then(|| text.to_owned())
}

/// Parses a logo: an SVG, PNG or WebP as a `data:` URL in base64. `None` if it is anything else, or above 2,048 bytes.
///
/// As an image, an SVG runs no script and loads nothing.
#[must_use]
pub fn parse_logo(text: &str) -> Option<String> {
    let (media_type, data) = text.strip_prefix("data:")?.split_once(";base64,")?;
    let is_image = ["image/svg+xml", "image/png", "image/webp"].contains(&media_type);
    let is_data =
        text.len() <= LOGO_MAX_LENGTH && BASE64.decode(data.as_bytes()).is_ok_and(|data| !data.is_empty());
    (is_image && is_data).then(|| text.to_owned())
}

/// A colour in sRGB. It is written as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// The colour with these parts of red, green and blue.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Parses `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self::new(red, green, blue))
    }

    /// The contrast between two colours: 1 to 21 (WCAG 2.2, "contrast ratio").
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > other { one / other } else { other / one }
    }

    /// Whether two colours are hard to tell apart.
    #[must_use]
    pub fn is_near(self, other: Self) -> bool {
        let differences = self.0.iter().zip(other.0).map(|(own, other)| u32::from(own.abs_diff(other)));
        differences.sum::<u32>() < 96
    }

    /// The colour of text on this one: black or white, whichever has more contrast. That is always at least 4.5.
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, made lighter or darker until it has a contrast of at least 4.5 with the background.
    #[must_use]
    pub fn readable_on(self, background: Self) -> Self {
        let mut mixtures = (0..=u8::MAX).map(|share| self.mixed_with(background.text(), share));
        mixtures.find(|color| color.contrast(background) >= READABLE).unwrap_or_else(|| background.text())
    }

    /// The mixture with another colour. `share` is that of the other colour, in 255ths.
    fn mixed_with(self, Self([red, green, blue]): Self, share: u8) -> Self {
        let mix = |own: u8, other: u8| {
            let (own, other, share) = (i32::from(own), i32::from(other), i32::from(share));
            u8::try_from(own + (other - own) * share / 255).unwrap_or_default()
        };
        let Self([own_red, own_green, own_blue]) = self;
        Self([mix(own_red, red), mix(own_green, green), mix(own_blue, blue)])
    }

    /// The relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits_and_nothing_else() {
        assert_eq!(Color::parse("#2b50C8"), Some(Color::new(0x2b, 0x50, 0xc8)));
        assert_eq!(Color::parse("#2b50C8").unwrap().to_string(), "#2b50c8");
        for text in [
            "",
            "#",
            "#fff",
            "2b50c8",
            "red",
            "#2b50c8 ",
            "#2b50c",
            "#2b50c88",
            "#+b50c8",
            "#-00001",
            "#2b50cg",
            "#fff;}",
            "rgb(0,0,0)",
            "#éé0",
            "#\u{0}12345",
            "#2b50c8;background:url(//evil.example)",
        ] {
            assert_eq!(Color::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let close = |one: f64, other: f64| (one - other).abs() < 0.005;
        assert!(close(Color::WHITE.contrast(Color::BLACK), 21.0));
        assert!(close(Color::BLACK.contrast(Color::BLACK), 1.0));
        // The lightest grey on which white text is readable, according to the examples of the W3C.
        assert!(close(Color::WHITE.contrast(Color::parse("#767676").unwrap()), 4.54));
    }

    #[test]
    fn text_is_readable_on_every_accent_and_in_every_accent() {
        let parts = (0..=255).step_by(15);
        let mut tried = 0;
        for (red, green, blue) in parts.clone().flat_map(|red| {
            let parts = parts.clone();
            parts.clone().flat_map(move |green| parts.clone().map(move |blue| (red, green, blue)))
        }) {
            let accent = Color::new(red, green, blue);
            assert!(accent.contrast(accent.text()) >= READABLE, "text on {accent}");
            for background in [Color::WHITE, Color::BLACK, Color::new(0x16, 0x16, 0x1a)] {
                let readable = accent.readable_on(background);
                assert!(readable.contrast(background) >= READABLE, "{accent} on {background}: {readable}");
            }
            tried += 1;
        }
        assert_eq!(tried, 18 * 18 * 18);
        assert!(Color::new(0x11, 0x11, 0x11).is_near(Color::BLACK) && Color::WHITE.is_near(Color::WHITE));
        assert!(!Color::new(0xff, 0xee, 0).is_near(Color::WHITE), "a yellow is a yellow");
        let blue = Color::new(0x2b, 0x50, 0xc8);
        assert_eq!(blue.readable_on(Color::WHITE), blue, "what can be read stays as it is");
    }

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        assert_eq!(parse_name(" Acme & Söhne <GmbH> "), Some("Acme & Söhne <GmbH>".to_owned()));
        for text in ["", "  ", "a\nb", "a\0", &"x".repeat(51)] {
            assert_eq!(parse_name(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_logo_is_an_image_in_base64_and_nothing_else() {
        let logo = "data:image/svg+xml;base64,PHN2Zy8+";
        assert_eq!(parse_logo(logo).as_deref(), Some(logo));
        assert!(parse_logo("data:image/png;base64,AAAA").is_some());
        for text in [
            "",
            "data:image/svg+xml;base64,",
            "data:image/svg+xml,<svg/>",
            "data:text/html;base64,PHN2Zy8+",
            "data:image/svg+xml;charset=utf-8;base64,PHN2Zy8+",
            "data:image/svg+xml;base64,PHN2Zy8+\"><script>",
            "data:image/svg+xml;base64,PHN2Zy8",
            "https://evil.example/logo.png",
            "javascript:alert(1)",
        ] {
            assert_eq!(parse_logo(text), None, "{text:?}");
        }
        let longest = |bytes: usize| format!("data:image/png;base64,{}", BASE64.encode(&vec![7; bytes]));
        assert!(parse_logo(&longest(1_518)).is_some() && parse_logo(&longest(1_521)).is_none());
    }
}
