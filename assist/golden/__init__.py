"""Golden cases of a base (金标用例): kept, brought in and out as sheets, judged, asked by the release gate."""
