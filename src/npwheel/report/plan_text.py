"""Render a plan as text: the builds, their images, and the NumPy versions of the proofs."""

from __future__ import annotations

from npwheel.build.plan import Plan, TargetPlan
from npwheel.core.tags import python_of


def plan_text(plan: Plan) -> str:
    """Return several lines without a final newline."""
    where = plan.project.source.get("file") or plan.project.folder
    lines = [f"plan for {plan.project.name} ({where})"]
    if not plan.project.names_numpy:
        lines.append(
            "  NumPy is not in its static metadata; the wheels decide the NumPy of the proofs"
        )
    for entry in plan.targets:
        lines += _target(entry)
    lines += [f"  {name}: skipped: the project's settings do not build it" for name in plan.skipped]
    lines += [f"  {name}: refused: {error.what}" for name, error in plan.refused.items()]
    return "\n".join(lines)


def _target(plan: TargetPlan) -> list[str]:
    image = plan.image
    emulated = ", emulated" if plan.emulated else ""
    lines = [
        f"  {plan.target.name} ({plan.target.serves}{emulated})",
        f"    image   {image.kind}: {image.reference} "
        f"({plan.target.libc} {image.libc_version or 'of unknown release'})",
        f"    builds  {' '.join(plan.build)}",
    ]
    lines += [f"    not built: {name}: {why}" for name, why in plan.not_built.items()]
    lines += [f"    warning: {warning}" for warning in plan.warnings]
    if plan.systems:
        lines.append("    proofs  with the NumPy that each system ships; the index has none")
        lines += [f"            {name}" for name in plan.systems]
        return lines
    built = {python_of(name) for name in plan.build}
    usable = [entry for entry in plan.pythons if not entry.reason]
    lines.append("    proofs  Python   lowest numpy  newest numpy")
    for entry in usable:
        if entry.python in built:
            row = f"            {entry.python:<8} {entry.lowest or '-':<13} {entry.newest or '-'}"
            lines.append(row)
    others = [entry.python for entry in usable if entry.python not in built]
    if others:
        lines.append(f"            a stable-ABI wheel also on {', '.join(others)}")
    return lines
