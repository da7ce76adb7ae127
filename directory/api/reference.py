"""The documentation page at /schema, made from the OpenAPI document on this machine.

The ready-made renderers load scripts and fonts from elsewhere and want inline scripts allowed; a
read-only API needs neither. Each question without an id in its path can be tried by its form.
"""

import html
import json
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin
from markupsafe import Markup

from directory.api.problems import EXAMPLES, KINDS

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
    return f"{said} ({schema['format']})" if "format" in schema else said


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


class Reference(OpenAPIRenderPlugin):
    """Renders the OpenAPI document as one page of plain HTML, of use without JavaScript."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page: bytes | None = None  # the document does not change while the server runs

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._page is not None:
            return self._page
        page = _pages.get_template("reference.html").render(
            info=openapi_schema["info"],
            tags=openapi_schema.get("tags", []),
            operations=_operations(openapi_schema),
            forms=openapi_schema["components"]["schemas"],
            problems=[(kind, _shown(EXAMPLES[kind.slug].value)) for kind in KINDS],
        )
        self._page = page.encode()
        return self._page


class Examples(OpenAPIRenderPlugin):
    """What each operation answers, made up, on a page of its own beside the operations."""

    def __init__(self) -> None:
        super().__init__(path="/examples")
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._page is None:
            operations = _operations(openapi_schema)
            page = _pages.get_template("examples.html").render(
                info=openapi_schema["info"],
                operations=[
                    one for one in operations if any(answer["example"] for answer in one["answers"])
                ],
            )
            self._page = page.encode()
        return self._page


class Forms(OpenAPIRenderPlugin):
    """The forms of questions and answers, on a page of their own beside the operations."""

    def __init__(self) -> None:
        super().__init__(path="/forms")
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._page is None:
            page = _pages.get_template("forms.html").render(
                info=openapi_schema["info"],
                forms=openapi_schema["components"]["schemas"],
                form_name=_form_name,
            )
            self._page = page.encode()
        return self._page
