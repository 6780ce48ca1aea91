package muster.api.agents;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.util.List;
import java.util.Map;
import muster.api.kvmfleet.InstallFiles;
import muster.auth.Access;
import muster.auth.Permission;
import muster.auth.Token;
import muster.device.Device;
import muster.enrollment.Provisions;
import muster.enrollment.Registered;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.PublicUrl;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// A device by its key: made ahead of its machine, and the script that installs its agent (F133).
public final class ProvisionApi {
  private static final String BEARER = "Bearer ";

  private final Provisions provisions;
  private final InstallFiles install;
  private final PublicUrl publicUrl;

  private record Created(
      String agentId, String label, String key, String status, String installCmd) {}

  public ProvisionApi(Provisions provisions, InstallFiles install, PublicUrl publicUrl) {
    this.provisions = provisions;
    this.install = install;
    this.publicUrl = publicUrl;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .post("/api/agents", this::create)
        .deviceGetByUrl("/api/agents/install-script", this::script)
        .list();
  }

  private Reply create(Call call) {
    Access.require(call.caller(), Permission.DEVICE_REGISTER);
    JsonBody body = call.json().only("label", "tags");
    Provisions.Plan plan =
        new Provisions.Plan(body.text("label"), body.optTexts("tags").orElse(List.of()), Map.of());
    String base = publicUrl.of(call);
    Registered made = provisions.create(call.caller(), plan);
    return Reply.json(
        HttpStatus.CREATED,
        new Created(
            made.device().id().value(),
            made.device().name(),
            made.token().text(),
            "created",
            install.keyCommand(base, made.token())));
  }

  private Reply script(Call call) {
    Device device = provisions.own(call.caller());
    return Reply.text(
        MediaType.parse("text/x-shellscript; charset=utf-8"),
        install.script(publicUrl.of(call), device, key(call)));
  }

  /// What the caller has shown, in the order in which it counts.
  private static Token key(Call call) {
    return call.header("authorization")
        .map(String::strip)
        .filter(header -> header.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(header -> header.substring(BEARER.length()).strip())
        .or(() -> call.query("key"))
        .flatMap(Token::parse)
        .orElseThrow(() -> Fault.unauthenticated("authentication required: a device's token"));
  }
}
