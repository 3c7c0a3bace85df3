"""The page as a real browser shows it."""

import pytest
from report_pages import Tree

MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><iframe style="width:{width}px;height:900px;
border:0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument, root = page.documentElement;
  const say = (name, value) => document.body.setAttribute("data-" + name, value);
  const luminance = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {{
    const c = part / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }}).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = luminance(getComputedStyle(page.body).backgroundColor);
  const contrast = [...page.querySelectorAll(".pass,.fail,.idle,.why,small,p,td,th")].map((e) => {{
    const [a, b] = [luminance(getComputedStyle(e).color), ground].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }});
  const wide = [...page.querySelectorAll("main *")].filter(
    (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && e.tagName !== "THEAD"
      && !e.closest("thead"));
  say("overflow", root.scrollWidth - root.clientWidth);
  say("wide", wide.map((e) => e.tagName).join(" "));
  say("contrast", Math.min(...contrast).toFixed(2));
  say("ground", getComputedStyle(page.body).backgroundColor);
  say("rows", getComputedStyle(page.querySelector(".matrix tbody tr")).display);
  say("label", getComputedStyle(page.querySelector(".matrix td"), "::before").content);
  say("font", getComputedStyle(page.body).fontSize);
  say("shown", page.body.innerText.length);
  document.body.setAttribute("data-done", "yes");
}};
frame.srcdoc = {page};
</script>"""


def measured(browser, folder, page, width, *flags):
    """What a browser makes of the page in a viewport of that width, in CSS pixels."""
    import json

    host = folder / f"host-{width}.html"
    literal = json.dumps(page).replace("</", "<\\/")
    host.write_text(MEASURE.format(width=width, page=literal), "utf-8")
    out = browser(*flags, "--virtual-time-budget=5000", "--dump-dom", host.as_uri()).stdout
    body = Tree(out).all("body")[0]
    assert body.get("data-done") == "yes", out[:2000]
    return {name.removeprefix("data-"): value for name, value in body.items()}


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_in_a_browser_nothing_sticks_out(browser, tmp_path, page, width):
    found = measured(browser, tmp_path, page, width)
    assert (found["overflow"], found["wide"]) == ("0", "")
    assert float(found["contrast"]) >= 4.5
    assert int(found["shown"]) > 1000
    stacked = width < 736
    assert (found["rows"] == "block") == stacked
    assert ("lowest numpy" in found["label"]) == stacked
    assert found["font"] == "16px"


def test_in_a_browser_dark_is_readable_too(browser, tmp_path, page):
    dark = measured(browser, tmp_path, page, 1280, "--blink-settings=preferredColorScheme=0")
    light = measured(browser, tmp_path, page, 1280, "--blink-settings=preferredColorScheme=1")
    assert dark["ground"] != light["ground"]
    assert float(dark["contrast"]) >= 4.5
    assert float(light["contrast"]) >= 4.5


def test_in_a_browser_the_page_breaks_no_policy_of_its_own(browser, tmp_path, page):
    file = tmp_path / "report.html"
    file.write_text(page, "utf-8")
    done = browser("--enable-logging=stderr", "--v=0", "--dump-dom", file.as_uri())
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr
    assert "Where thing runs" in done.stdout
