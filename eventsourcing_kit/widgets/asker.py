"""What the two workbenches share: fields to type into, and an answer to what stands there."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets

from ..errors import InvalidInput
from .base import Widget


class Workbench(Widget):
    """Texts under the names FIELDS in `draft`; `answer` holds the draft that it is about."""

    asks_python = True
    FIELDS: ClassVar[tuple[str, ...]]

    draft = traitlets.Dict().tag(sync=True, echo_update=False)
    answer = traitlets.Dict().tag(sync=True)

    @traitlets.validate("draft")
    def _check_draft(self, proposal: Any) -> dict[str, str]:
        draft, fields = proposal["value"], self.FIELDS
        if set(draft) != set(fields) or not all(isinstance(text, str) for text in draft.values()):
            raise InvalidInput("draft", f"must have a text for each of {', '.join(fields)}")
        return {field: draft[field] for field in fields}
