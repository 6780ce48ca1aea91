package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.flag;
import static muster.tool.Argument.number;
import static muster.tool.Argument.text;

import java.util.List;

/// What runs for others: services of systemd with their logs, and containers.
final class ServiceTools {
  static final List<Tool> ALL =
      List.of(
          Tool.low("check_service", "Tell the state of a service.", unit("service").always()),
          Tool.low("list_services", "List the services and their states."),
          Tool.low(
              "get_logs",
              "Tell the latest lines of the journal.",
              unit("unit"),
              number("lines", "How many at most; default 50.", 1, 200),
              choice(
                  "priority",
                  "Just these and worse.",
                  "emerg",
                  "alert",
                  "crit",
                  "err",
                  "warning",
                  "notice",
                  "info",
                  "debug")),
          Tool.medium("restart_service", "Restart a service.", unit("service").always()),
          Tool.medium(
              "service_control",
              "Start or stop a service, now or with the machine, and tell its state.",
              unit("service").always(),
              choice(
                      "action",
                      "What to do.",
                      "start",
                      "stop",
                      "restart",
                      "enable",
                      "disable",
                      "status")
                  .always()),
          Tool.low(
              "container_list",
              "List the containers that run.",
              flag("all", "Also those that do not run.")),
          Tool.low(
              "container_logs",
              "Tell the latest lines of a container.",
              container(),
              number("tail", "How many of each stream at most; default 100.", 1, 1000)),
          Tool.medium(
              "container_control",
              "Start, stop or pause a container.",
              container(),
              choice("action", "What to do.", "start", "stop", "restart", "pause", "unpause")
                  .always()));

  private ServiceTools() {}

  private static Argument unit(String name) {
    return text(name, "A unit of systemd, such as nginx or nginx.service.")
        .like(
            "[a-zA-Z0-9@._:][a-zA-Z0-9@._:-]{0,255}",
            "letters, digits and @._:-, at most 256, no - first");
  }

  private static Argument container() {
    return text("container", "Its name or id.")
        .like(
            "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}",
            "letters, digits and _.-, at most 128, a letter or digit first")
        .always();
  }
}
