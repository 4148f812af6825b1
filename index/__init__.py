"""From a folder of documents to an index of their passages, and back from a question to passages."""

import os

# Both tell their makers of every run unless this stands in the environment before they are imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime, from 1.32 on
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
