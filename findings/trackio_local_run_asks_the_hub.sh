#!/usr/bin/env bash
# trackio 0.43.0: a run that is logged locally still sends the Hub's token, to ask whose it is.
#
# Expected: `trackio.init(project=...)` without space_id, server_url or any variable that names one writes a local database
#           and talks to nobody.
# Observed: where a token is stored (HF_TOKEN, `hf auth login`), every first init of a process asks the Hub
#           /api/whoami-v2 with it and writes the account's name into the run's configuration (`_Username`). Without a
#           network that is a wait; with one, a machine that was to stay quiet does not. HF_HUB_OFFLINE=1 prevents it.
# Output seen (2026-11-30):
#   trackio 0.43.0: a local run asked the Hub: ['GET /api/agent-harnesses', 'GET /api/whoami-v2 with the token'], its
#   _Username is somebody
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/v"
"$work/v/bin/pip" install -q "trackio==0.43.0" "huggingface_hub==1.33.0" 2>/dev/null
cat >"$work/ask.py" <<'PY'
import http.server
import json
import os
import tempfile
import threading
from importlib.metadata import version

asked = []


class Hub(http.server.BaseHTTPRequestHandler):
    """Notes what it is asked, and knows one account."""

    def do_GET(self):
        told = " with the token" if "hf_made_up" in (self.headers.get("Authorization") or "") else ""
        asked.append(f"{self.command} {self.path}{told}")
        body = json.dumps({"type": "user", "name": "somebody", "auth": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {
    "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
    "HF_TOKEN": "hf_made_up",
    "HF_HOME": tempfile.mkdtemp(),
    "TRACKIO_DIR": tempfile.mkdtemp(),
}
import trackio

run = trackio.init(project="local", embed=False, auto_log_cpu=False, auto_log_gpu=False)
trackio.log({"a": 1})
name = run.config.get("_Username")
trackio.finish()
print(f"trackio {version('trackio')}: a local run asked the Hub: {asked}, its _Username is {name}")
assert "GET /api/whoami-v2 with the token" in asked and name == "somebody", "this has changed"
PY
"$work/v/bin/python" "$work/ask.py" | grep "asked the Hub"
