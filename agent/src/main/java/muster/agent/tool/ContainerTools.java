package muster.agent.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// Containers, by `docker` or else `podman`.
final class ContainerTools {
  static final String DOCKER = "docker";
  static final String PODMAN = "podman";

  private static final List<String> FIELDS =
      List.of("id", "name", "image", "state", "status", "ports");
  private static final String FORMAT =
      "{{.ID}}\t{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Status}}\t{{.Ports}}";

  private ContainerTools() {}

  static Job list(JsonObject json) {
    List<String> args = new ArrayList<>(List.of("ps", "--no-trunc", "--format", FORMAT));
    if (new Args(json, "all").flag("all")) {
      args.add("--all");
    }
    return Job.of(desk -> {
      Printed printed = run(desk, args);
      List<JsonObject> containers = new ArrayList<>();
      for (String line : printed.out().lines().toList()) {
        String[] values = line.split("\t", -1);
        if (values.length == FIELDS.size()) {
          JsonObject.Builder container = JsonObject.builder();
          for (int i = 0; i < values.length; i++) {
            container.put(FIELDS.get(i), values[i]);
          }
          containers.add(container.build());
        }
      }
      desk.print(
          JsonObject.builder()
              .put("containers", containers)
              .put("truncated", printed.truncated())
              .build());
    });
  }

  static Job logs(JsonObject json) {
    Args args = new Args(json, "container", "tail");
    String container = container(args);
    List<String> argv =
        List.of(
            "logs", "--timestamps", "--tail", "" + args.number("tail", 1, 1000, 100), container);
    return Job.of(desk -> {
      Printed printed = run(desk, argv);
      // Two streams, put in order again by the times at which their lines were written.
      List<JsonObject> lines =
          Stream.concat(
                  printed.out().lines().map(line -> line(line, "stdout")),
                  printed.err().lines().map(line -> line(line, "stderr")))
              .sorted(Comparator.comparing(line -> line.string("time")))
              .toList();
      desk.print(
          JsonObject.builder()
              .put("container", container)
              .put("lines", lines)
              .put("truncated", printed.truncated())
              .build());
    });
  }

  private static JsonObject line(String text, String stream) {
    int blank = text.indexOf(' ');
    boolean timed = text.matches("\\d{4}-\\d\\d-\\d\\dT\\S+( .*)?");
    return JsonObject.builder()
        .put("time", timed ? text.substring(0, blank < 0 ? text.length() : blank) : "")
        .put("stream", stream)
        .put("text", timed ? text.substring(blank < 0 ? text.length() : blank + 1) : text)
        .build();
  }

  static Job control(JsonObject json) {
    Args args = new Args(json, "container", "action");
    String container = container(args);
    args.text("action");
    String action = args.word("action", "start", "stop", "restart", "pause", "unpause");
    return Job.of(desk -> {
      run(desk, List.of(action, container));
      String state =
          run(desk, List.of("inspect", "--format", "{{.State.Status}}", container)).out().strip();
      desk.print(
          JsonObject.builder()
              .put("container", container)
              .put("action", action)
              .put("state", state)
              .build());
    });
  }

  private static Printed run(Desk desk, List<String> args)
      throws IOException, InterruptedException {
    boolean podman = !desk.has(DOCKER) && desk.has(PODMAN);
    return desk.run(Program.of(podman ? PODMAN : DOCKER).and(args)).orFail();
  }

  private static String container(Args args) {
    String container = args.text("container");
    if (!container.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")) {
      throw new FieldException("args.container", container, "the name or id of a container");
    }
    return container;
  }
}
