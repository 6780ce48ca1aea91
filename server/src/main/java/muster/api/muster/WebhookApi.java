package muster.api.muster;

import com.linecorp.armeria.common.HttpStatus;
import java.util.List;
import java.util.Optional;
import muster.api.snippbot.SnippbotFaults;
import muster.auth.Access;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.outbound.Destinations;
import muster.webhook.Notice;
import muster.webhook.Webhook;
import muster.webhook.Webhooks;

/// Webhooks (fleetd's page shows their configuration and no route: rows F119–F121).
public final class WebhookApi {
  private static final int USUAL_PAGE = 100;
  private static final int LARGEST_PAGE = 1000;
  private static final String ALL = "/api/webhooks";
  private static final String ONE = ALL + "/{webhook}";
  private static final String DELIVERIES = ONE + "/deliveries";

  private final Webhooks webhooks;
  private final Destinations destinations;

  public WebhookApi(Webhooks webhooks, Destinations destinations) {
    this.webhooks = webhooks;
    this.destinations = destinations;
  }

  record WebhooksJson(List<WebhookJson> webhooks) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .get(ALL, this::list)
        .post(ALL, this::create)
        .get(ONE, this::get)
        .patch(ONE, this::change)
        .delete(ONE, this::delete)
        .post(ONE + "/secret", this::renewSecret)
        // As long as the receiver takes.
        .postStream(ONE + "/test", this::test)
        .get(DELIVERIES, this::deliveries)
        .get(DELIVERIES + "/{delivery}", this::delivery)
        .post(DELIVERIES + "/{delivery}/redeliver", this::redeliver)
        .list();
  }

  private Reply list(Call call) {
    return Reply.ok(
        new WebhooksJson(webhooks.list(call.caller()).stream().map(WebhookJson::of).toList()));
  }

  private Reply create(Call call) {
    // The name service is asked for nobody who has no right to it.
    Access.requireUnscoped(call.caller(), Permission.WEBHOOK_MANAGE);
    JsonBody body = call.json().only(WebhookBody.FIELDS);
    Webhook webhook =
        webhooks.create(call.caller(), WebhookBody.settings(body, Optional.empty(), destinations));
    return Reply.json(HttpStatus.CREATED, WebhookJson.withSecret(webhook));
  }

  private Reply get(Call call) {
    return Reply.ok(WebhookJson.of(webhooks.get(call.caller(), id(call))));
  }

  private Reply change(Call call) {
    WebhookId id = id(call);
    Webhook before = webhooks.get(call.caller(), id);
    JsonBody body = call.json().only(WebhookBody.FIELDS);
    Webhook.Settings settings =
        WebhookBody.settings(body, Optional.of(before.settings()), destinations);
    Webhook changed = webhooks.change(call.caller(), id, settings, body.optFlag("enabled"));
    return Reply.ok(WebhookJson.of(changed));
  }

  private Reply delete(Call call) {
    webhooks.delete(call.caller(), id(call));
    return Reply.noContent();
  }

  private Reply renewSecret(Call call) {
    return Reply.ok(WebhookJson.withSecret(webhooks.renewSecret(call.caller(), id(call))));
  }

  private Reply test(Call call) {
    return Reply.ok(DeliveryJson.of(webhooks.test(call.caller(), id(call))));
  }

  private Reply deliveries(Call call) {
    Optional<Notice.State> state =
        call.query("state")
            .map(word ->
                DeliveryJson.state(word)
                    .orElseThrow(
                        () -> Fault.invalid("state", word, "pending, delivered or failed")));
    int limit = call.queryNumber("limit", 1, LARGEST_PAGE).orElse(USUAL_PAGE);
    return Reply.ok(
        DeliveryJson.Listed.of(
            webhooks.notices(call.caller(), id(call), state, limit, call.query("cursor"))));
  }

  private Reply delivery(Call call) {
    return Reply.ok(DeliveryJson.of(webhooks.notice(call.caller(), id(call), deliveryId(call))));
  }

  private Reply redeliver(Call call) {
    return Reply.json(
        HttpStatus.ACCEPTED,
        DeliveryJson.of(webhooks.redeliver(call.caller(), id(call), deliveryId(call))));
  }

  private static WebhookId id(Call call) {
    String text = call.path("webhook");
    return WebhookId.of(text).orElseThrow(() -> Fault.notFound("webhook", text));
  }

  private static NoticeId deliveryId(Call call) {
    String text = call.path("delivery");
    return NoticeId.of(text).orElseThrow(() -> Fault.notFound("delivery", text));
  }
}
