package muster.api.snippbot;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.MediaTypeSet;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.PublicUrl;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.pairing.Pairings;
import muster.wire.ClaimRequest;

/// Pairing by code (rows F030–F036): an administrator makes a code, a machine claims it.
public final class PairingApi {
  private static final String PATH = "/api/devices/pair";
  private static final String QR_PATH = PATH + "/qr";
  private static final String SOCKET_PATH = "/device/ws";

  /// Which agents take when they are told none.
  private static final int DEFAULT_PORT = 18781;

  private static final int CLAIM_BODY = 16 * 1024;

  private static final MediaType SVG = MediaType.SVG_UTF_8;
  private static final MediaType TEXT = MediaType.PLAIN_TEXT_UTF_8;

  /// What is first is given to whoever takes anything.
  private static final MediaTypeSet FORMS = MediaTypeSet.of(MediaType.PNG, SVG, TEXT);

  private final Pairings pairings;
  private final PublicUrl publicUrl;
  private final Optional<String> caPin;
  private final InstantSource clock;

  /// @param caPin what agents are to pin, `sha256/…`; absent where they trust the certificate
  ///   anyway
  public PairingApi(
      Pairings pairings, PublicUrl publicUrl, Optional<String> caPin, InstantSource clock) {
    this.pairings = pairings;
    this.publicUrl = publicUrl;
    this.caPin = caPin;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .post(PATH, this::create)
        .get(QR_PATH, this::qr)
        .get(PATH + "/{pairing}", this::state)
        .open(HttpMethod.POST, PATH + "/claim", Route.Kind.WRITE, CLAIM_BODY, this::claim)
        .list();
  }

  private Reply create(Call call) {
    JsonBody body = call.json(true).only("auto_approve");
    Pairings.Shown shown = pairings.create(call.caller(), body.optFlag("auto_approve"));
    return Reply.ok(PairingJson.created(shown, QR_PATH, command(shown, place(call))));
  }

  private Place place(Call call) {
    return Place.of(publicUrl.reached(call));
  }

  /// The caller's newest open code as a picture; as text for terminals (F032).
  private Reply qr(Call call) {
    QrImage image = new QrImage(invitation(pairings.newest(call.caller()), place(call)));
    MediaType form = form(call.header("accept"));
    return SVG.equals(form)
        ? Reply.text(SVG, image.svg())
        : TEXT.equals(form)
            ? Reply.text(TEXT, image.text())
            : Reply.bytes(MediaType.PNG, image.png());
  }

  private static MediaType form(Optional<String> accept) {
    return accept.map(header -> FORMS.matchHeaders(header)).orElse(MediaType.PNG);
  }

  /// What a machine needs to find this server.
  private record Place(String host, int port) {
    private static Place of(String base) {
      URI url = URI.create(base);
      int usual = url.getScheme().equals("https") ? 443 : 80;
      return new Place(url.getHost(), url.getPort() >= 0 ? url.getPort() : usual);
    }
  }

  /// All that the QR says: where the server is, how to know it, and what lets the machine in
  /// (F033).
  private String invitation(Pairings.Shown shown, Place place) {
    return "muster://pair?host=%s&port=%d&code=%s&secret=%s%s"
        .formatted(
            place.host(),
            place.port(),
            shown.code(),
            shown.secret(),
            caPin.map(pin -> "&ca=" + escaped(pin)).orElse(""));
  }

  /// The same to be typed, without the secret, which nobody could.
  private String command(Pairings.Shown shown, Place place) {
    return "muster-agent pair --host %s%s --code %s%s"
        .formatted(
            place.host(),
            place.port() == DEFAULT_PORT ? "" : " --port " + place.port(),
            shown.code(),
            caPin.map(pin -> " --pin " + pin).orElse(""));
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private Reply state(Call call) {
    return Reply.ok(
        PairingJson.state(pairings.get(call.caller(), call.path("pairing")), clock.instant()));
  }

  private Reply claim(Call call) {
    ClaimRequest request = PairingJson.claim(call.json());
    String base = publicUrl.reached(call);
    return Reply.ok(
        PairingJson.claimed(
                pairings.claim(
                    PairingJson.proof(request),
                    PairingJson.machine(request),
                    call.caller().origin()),
                PublicUrl.webSocket(base) + SOCKET_PATH)
            .toJson()
            .asMap());
  }
}
