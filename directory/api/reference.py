"""The documentation pages under /schema, made from the OpenAPI document on this machine.

The ready-made renderers load scripts and fonts from elsewhere and want inline scripts allowed; a
read-only API needs neither. Each question without an id in its path can be tried by its form.
"""

import html
import json
from abc import abstractmethod
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin
from markupsafe import Markup

from directory.api.problems import EXAMPLES, KINDS
from services.errors import NotFound

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _form_name(schema: dict[str, Any]) -> str:
    """A schema in a few words: "list of Evidence", "text or nothing"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "oneOf" in schema:
        return " or ".join(_form_name(one) for one in schema["oneOf"])
    kind = schema.get("type", "anything")
    if kind == "array":
        inner = schema.get("items")
        if inner is None:
            return "pair of " + ", ".join(_form_name(one) for one in schema["prefixItems"])
        return f"list of {_form_name(inner)}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"map to {_form_name(inner)}" if isinstance(inner, dict) and inner else "object"
    if kind == "null":
        return "nothing"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    said = words.get(str(kind), str(kind))
    either = [schema, *schema.get("anyOf", ())]  # a day, or nothing
    form = next((one["format"] for one in either if "format" in one), "")
    return f"{said} ({form})" if form else said


def _shorten(value: Any, shown: set[str]) -> Any:
    """The value with evidence and status whole once: repeated, they were half of the page."""
    if isinstance(value, list | tuple):
        return [_shorten(one, shown) for one in value]
    if not isinstance(value, dict):
        return value
    short = {}
    for key, one in value.items():
        if key in ("evidence", "status") and one and not isinstance(one, str | int):
            if key in shown:
                one = "… as above"
            shown.add(key)
        short[key] = _shorten(one, shown)
    return short


def _shown(value: Any) -> Markup:
    text = json.dumps(_shorten(msgspec.to_builtins(value), set()), ensure_ascii=False, indent=1)
    return Markup(html.escape(text, quote=False))  # quotes need no escape outside attributes


def _answer(status: str, answer: dict[str, Any]) -> dict[str, str]:
    content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
    examples = list(content.get("examples", {}).values())
    return {
        "status": status,
        "description": answer["description"],
        "form": _form_name(content["schema"]) if content else "",
        # problems are shown once, in a section of their own
        "example": _shown(examples[0]["value"]) if examples and status.startswith("2") else "",
    }


METHODS = ("get", "post", "put", "patch", "delete")


def _body(body: dict[str, Any] | None) -> dict[str, str] | None:
    """What is sent: its media type, its form and an example."""
    if body is None:
        return None
    media, content = next(iter(body["content"].items()))
    examples = list(content.get("examples", {}).values())
    return {
        "media": media,
        "form": _form_name(content["schema"]),
        "example": _shown(examples[0]["value"]) if examples else "",
    }


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations in the order of their groups, as the page shows them."""
    found = []
    every = [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    for path, method, operation in every:
        answers = [_answer(*one) for one in sorted(operation["responses"].items())]
        parameters = operation.get("parameters", [])
        found.append(
            {
                "id": operation["operationId"],
                "path": path,
                "method": method.upper(),
                "body": _body(operation.get("requestBody")),
                "tag": operation["tags"][0],
                "summary": operation["summary"],
                "description": operation["description"],
                "parameters": parameters,
                "tryable": method == "get" and all(one["in"] == "query" for one in parameters),
                "answers": answers,
            }
        )
    return found


class _Pages(OpenAPIRenderPlugin):
    """Pages made once each: the document does not change while the server runs."""

    def __init__(self, *paths: str) -> None:
        super().__init__(path=list(paths))
        self._made: dict[str, bytes] = {}

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        asked = str(request.path_params.get("part", ""))
        if asked not in self._made:
            self._made[asked] = self.page(openapi_schema, asked).encode()
        return self._made[asked]

    @abstractmethod
    def page(self, schema: dict[str, Any], part: str) -> str:
        """The page of one part, or of all ("")."""


def slug(tag: str) -> str:
    """A group in its page's address: "going-abroad"."""
    return tag.lower().replace(" ", "-")


def group_of(operation: dict[str, Any]) -> str:
    """The address of an operation's group."""
    return f"/schema/groups/{slug(operation['tag'])}"


def form_page(name: str) -> str:
    """The address of a form: a page holds those of one letter."""
    return f"/schema/forms/{name[0].lower()}#form-{name}"


class Reference(_Pages):
    """The operations of the document as plain HTML, of use without JavaScript: all of them named on
    the first page, those of each group on one of its own with examples and forms to try."""

    def __init__(self) -> None:
        super().__init__("/", "/groups/{part:str}")

    def page(self, schema: dict[str, Any], part: str) -> str:
        tags = schema.get("tags", [])
        chosen = [tag for tag in tags if slug(tag["name"]) == part]
        if part and not chosen:
            raise NotFound(f'There is no group of operations "{part[:60]}".', "See /schema.")
        return _pages.get_template("reference_group.html" if part else "reference.html").render(
            info=schema["info"],
            tags=chosen or tags,
            operations=_operations(schema),
            forms=schema["components"]["schemas"],
            problems=[(kind, _shown(EXAMPLES[kind.slug].value)) for kind in KINDS],
            group_of=group_of,
            form_page=form_page,
        )


class Forms(_Pages):
    """The forms of questions and answers: all named on one page, those of a letter on its own."""

    def __init__(self) -> None:
        super().__init__("/forms", "/forms/{part:str}")

    def page(self, schema: dict[str, Any], part: str) -> str:
        every = schema["components"]["schemas"]
        forms = {name: form for name, form in every.items() if name[0].lower() == part}
        if part and not forms:
            raise NotFound(f'No form begins with "{part[:60]}".', "See /schema/forms.")
        return _pages.get_template("forms.html").render(
            info=schema["info"],
            names=sorted(every),
            forms=forms,
            form_name=_form_name,
            form_page=form_page,
        )
