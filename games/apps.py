from django.apps import AppConfig


class GamesConfig(AppConfig):
    name = "games"
    verbose_name = "Games"

    def ready(self) -> None:
        from games import export, figures, sweeps
        from quantix import periodic

        export.register()
        figures.register()
        periodic.register(1, sweeps.expire_sessions)
        periodic.register(5, sweeps.close_events)
        periodic.register(600, sweeps.forget_uploads)
        periodic.register(30, sweeps.work_out_statistics)
