package muster.wire;

/// What is said beside the bytes of a remote session, one JSON object in a text frame, told apart
/// by `type`.
public sealed interface RemoteControl {
  int MAX_SIZE = 1000;

  JsonObject toJson();

  /// To the device: its terminal has another size.
  ///
  /// @param cols 1..1000
  /// @param rows 1..1000
  record Resize(int cols, int rows) implements RemoteControl {
    static final String TYPE = "resize";
    private static final int USUAL_COLS = 80;
    private static final int USUAL_ROWS = 24;

    public Resize {
      Check.range("cols", cols, 1, MAX_SIZE);
      Check.range("rows", rows, 1, MAX_SIZE);
    }

    static Resize fromJson(JsonObject json) {
      long cols = json.optInteger("cols").orElse(USUAL_COLS);
      long rows = json.optInteger("rows").orElse(USUAL_ROWS);
      Check.range("cols", cols, 1, MAX_SIZE);
      Check.range("rows", rows, 1, MAX_SIZE);
      return new Resize((int) cols, (int) rows);
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("type", TYPE).put("cols", cols).put("rows", rows).build();
    }
  }

  /// Either way, in tunnels: who says it sends no more bytes.
  record Eof() implements RemoteControl {
    static final String TYPE = "eof";

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("type", TYPE).build();
    }
  }

  /// From the device: the shell has ended; the last frame of its channel.
  ///
  /// @param code 0..255; 128 + n for signal n
  record Exit(int code) implements RemoteControl {
    static final String TYPE = "exit";
    private static final int MAX_CODE = 255;

    public Exit {
      Check.range("code", code, 0, MAX_CODE);
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("type", TYPE).put("code", code).build();
    }
  }

  /// @throws JsonException for anything else
  static RemoteControl parse(String text) {
    JsonObject json = Json.parseObject(text);
    String type = json.string("type");
    switch (type) {
      case Resize.TYPE:
        return Resize.fromJson(json);
      case Eof.TYPE:
        return new Eof();
      case Exit.TYPE:
        long code = json.integer("code");
        Check.range("code", code, 0, Exit.MAX_CODE);
        return new Exit((int) code);
      default:
        throw new FieldException("type", type, "resize, eof or exit");
    }
  }
}
