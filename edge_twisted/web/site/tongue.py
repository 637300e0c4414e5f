"""In which language a reader is answered: the one that he chose here, else the first of his browser's that there is."""

from typing import Any, Final

from attrs import define
from werkzeug.http import parse_accept_header

from edge_twisted.pages.answers import Asked, Problem, Redirect, Route
from edge_twisted.web.site.entrance import HOME, safe_path
from edge_twisted.web.site.place import Door, Place
from edge_twisted.words.language import ENGLISH, LANGUAGES, mark

HERE: Final = "/language"
COOKIE: Final = b"__Host-edge-language"
_ATTRIBUTES: Final = b"; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000"
_HEADER_CHARACTERS: Final = 1000
"""Of what a browser says that its reader understands; the rest is passed over."""
NO_SUCH: Final = mark("There is no such language here. Go back and choose one of those on the page.")


@define
class Tongue:
    """The choice, which stands below every page; before the login too.

    Args:
        place: what every room gets.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """The way in."""
        return (Door(Route("POST", HERE, self.choose), None),)

    def choose(self, asked: Asked) -> Redirect:
        """Speak another language from now on, in this browser."""
        form = asked.form()
        language = form.text("language")
        if language not in LANGUAGES:
            raise Problem(422, NO_SUCH)
        chosen = COOKIE + b"=" + language.encode("ascii") + _ATTRIBUTES
        asked.request.responseHeaders.addRawHeader(b"set-cookie", chosen)
        return Redirect(safe_path(form.text("next") or HOME))


def language_of(request: Any) -> str:
    """The language in which a request is answered.

    Args:
        request: of `twisted.web`.

    Returns:
        One of `LANGUAGES`; English where the reader named none of them.
    """
    for line in request.requestHeaders.getRawHeaders(b"cookie") or ():
        for part in line.split(b";"):
            name, _, value = part.strip().partition(b"=")
            chosen: str = value.decode("latin-1")
            if name == COOKIE and chosen in LANGUAGES:
                return chosen
    understood = (request.getHeader(b"accept-language") or b"")[:_HEADER_CHARACTERS].decode("latin-1")
    wanted = (str(tag).partition("-")[0].lower() for tag, quality in parse_accept_header(understood) if quality > 0)
    return next((language for language in wanted if language in LANGUAGES), ENGLISH)


def page_of(asked: Asked) -> str:
    """The page to come back to when the language is another: this one, where it can be asked for again."""
    uri: str = asked.request.uri.decode("ascii", "replace")
    return safe_path(uri) if asked.request.method in (b"GET", b"HEAD") else HOME
