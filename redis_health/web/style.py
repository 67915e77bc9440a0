"""The style of the status page, and the policy that allows the page nothing else."""

from __future__ import annotations

import base64
import hashlib

CSS = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e2e5ea; --text: #1a1d23; --faint: #626a76;
  --up: #15803d; --degraded: #a85b00; --down: #c0262d; --link: #1d5fbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111418; --card: #1a1e24; --line: #2c323b; --text: #e8eaee; --faint: #9aa3b0;
    --up: #4ade80; --degraded: #fbb040; --down: #ff7b7b; --link: #7db4ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 58rem; padding: 1.5rem 1rem; background: var(--page);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
header, section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
header { padding: 1.1rem 1.25rem; border-left: .4rem solid var(--tone); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; color: var(--tone); }
header p { margin: .25rem 0 0; }
section { margin-top: 1rem; padding: .9rem 1.25rem; }
h2 { margin: 0 0 .4rem; font-size: 1rem; }
dl { margin: 0; }
dt { font-weight: 600; margin-top: .6rem; }
dt:first-child { margin-top: 0; }
.note { font-weight: 400; }
dd, dd p { margin: .1rem 0 0; }
code { font: .9em ui-monospace, monospace; color: var(--tone); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem 1rem .3rem 0; text-align: left; vertical-align: top; }
thead th { font-size: .85rem; font-weight: 500; color: var(--faint); white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.status { color: var(--tone); white-space: nowrap; }
.faint, footer { color: var(--faint); font-size: .9rem; }
.up { --tone: var(--up); } .degraded { --tone: var(--degraded); } .down { --tone: var(--down); }
.note { --tone: var(--faint); }
nav { margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; }
a { color: var(--link); }
footer { margin-top: .5rem; }
@media (max-width: 40rem) {
  thead { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; column-gap: .9rem; padding: .45rem 0; }
  th, td { padding: 0; }
  .detail { flex-basis: 100%; }
  td:empty { display: none; }
  .age::before { content: "seen "; color: var(--faint); }
  .age::after { content: " ago"; color: var(--faint); }
  .age.never::before, .age.never::after { content: none; }
}
"""

_DIGEST = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()

#: Nothing but this style and an icon within the page: no script, no frame, no other host.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
