"""The pages, one a role; the only place that knows Gradio."""
