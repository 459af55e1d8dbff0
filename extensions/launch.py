"""Sphinx extension: launch buttons only where they lead somewhere, that is, when the repository has an address."""


def drop_dead_buttons(app, config):
    options = config.html_theme_options
    if not options.get("repository_url"):
        for name in ("launch_buttons", "repository_url", "repository_branch"):
            options.pop(name, None)


def setup(app):
    app.connect("config-inited", drop_dead_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
