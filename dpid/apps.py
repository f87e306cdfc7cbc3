from django.apps import AppConfig


class DpidConfig(AppConfig):
    name = "dpid"
    verbose_name = "Référentiels et comptes"

    def ready(self):
        import dpid.checks  # noqa: F401 - registers the system checks
