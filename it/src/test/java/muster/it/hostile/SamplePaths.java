package muster.it.hostile;

import com.linecorp.armeria.common.HttpMethod;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;

/// For every route its path with things that are there.
final class SamplePaths {
  private final SampleThings things;

  SamplePaths(SampleThings things) {
    this.things = things;
  }

  /// The route's path with the query it needs and things that are not there.
  String ofNothing(Route route) {
    return Samples.filled(route.path(), "dev_0000000000000000") + query(route);
  }

  /// What the route takes in its query and cannot do without.
  private String query(Route route) {
    return switch (route.method() + " " + route.path()) {
      case "POST /v1/binaries" -> "?version=1&platform=linux&name=sample-" + things.next();
      case "PUT /v1/uploads/{upload}" -> "?offset=0";
      default -> "";
    };
  }

  /// The route's path with things that are there.
  String of(Route route) {
    if (route.path().startsWith("/v1/devices/enrollment/")) {
      return Samples.filled(route.path(), things.openEnrollment());
    }
    if (route.method() == HttpMethod.DELETE) {
      return deleted(route);
    }
    return switch (route.path()) {
      case Samples.PAIR + "/{pairing}" -> Samples.filled(route.path(), things.newCode().text("id"));
      case "/api/devices/{id}/approve", "/api/devices/{id}/deny" ->
          Samples.filled(route.path(), things.tagged(things.muster.pair("pending")).id());
      case "/api/devices/{id}/block", "/api/devices/{id}/revoke-token" ->
          Samples.filled(route.path(), things.tagged(things.muster.enroll("decided")).id());
      case "/api/devices/{id}/unblock" -> Samples.filled(route.path(), things.blocked());
      case "/api/devices/{id}/remote/start" -> {
        things.endSessions();
        yield Samples.filled(route.path(), things.worker().id());
      }
      case "/api/devices/{id}/remote/stop" -> {
        things.remoteSocket();
        yield Samples.filled(route.path(), things.worker().id());
      }
      case "/api/agents/{id}/stream/logs", "/api/agents/{id}/stream/metrics" ->
          Samples.filled(route.path(), things.worker().id()) + "?follow=false";
      case "/v1/events" -> route.path() + "?follow=false";
      case "/v1/binaries" -> route.path() + query(route);
      case "/v1/uploads/{upload}" ->
          Samples.filled(route.path(), things.newUpload()) + query(route);
      case "/v1/uploads/{upload}/end" -> Samples.filled(route.path(), things.wholeUpload());
      case "/api/webhooks/{webhook}/deliveries/{delivery}",
          "/api/webhooks/{webhook}/deliveries/{delivery}/redeliver" ->
          Samples.filled(
              route.path().replace("{delivery}", things.newWebhookDelivery()), things.webhook);
      case "/v1/recordings/{id}" -> Samples.filled(route.path(), things.recording());
      case "/api/devices/routing/explain" -> route.path() + "?tool=bash";
      case "/api/devices/routing/preferences/{tool}" -> Samples.filled(route.path(), "bash");
      case "/api/device-groups/{id}/members/{device}" ->
          Samples.filled(route.path().replace("{device}", things.member()), things.group);
      case "/api/device-groups/{id}/executions/{execution}" ->
          Samples.filled(route.path().replace("{execution}", things.campaign), things.group);
      case "/api/agents/{id}/report" -> Samples.filled(route.path(), things.reporter.id());
      case "/api/agents/{id}/commands" -> Samples.filled(route.path(), things.worker().id());
      case "/api/agents/{id}/commands/{command}", "/api/agents/{id}/stream/commands/{command}" ->
          Samples.filled(route.path().replace("{command}", things.command), things.device);
      default -> Samples.filled(route.path(), thing(route.path()));
    };
  }

  /// Takes away nothing that others name.
  private String deleted(Route route) {
    return switch (route.path()) {
      case "/v1/devices/{id}", "/api/devices/{id}", "/api/agents/{id}" ->
          Samples.filled(route.path(), things.tagged(things.muster.enroll("deleted")).id());
      case "/api/devices/{id}/queue", "/api/devices/{id}/queue/{command}" ->
          Samples.filled(route.path().replace("{command}", things.waiting()), things.device);
      case "/api/devices/routing/preferences/{tool}" -> {
        Map<String, ?> preference = Map.of("device_id", things.worker().id());
        String path = Samples.filled(route.path(), "bash");
        things
            .muster
            .admin()
            .send("PUT", path, Optional.of(SampleBodies.json(preference).toString()), Map.of())
            .expect(200);
        yield path;
      }
      case "/v1/transfers/{transfer}" ->
          Samples.filled(route.path(), things.newDownload(things.machine));
      case "/api/device-groups/{id}" -> Samples.filled(route.path(), things.newGroup());
      case "/v1/binaries/{binary}" -> Samples.filled(route.path(), things.newBinary());
      case "/v1/uploads/{upload}" -> Samples.filled(route.path(), things.newUpload());
      case "/api/webhooks/{webhook}" -> Samples.filled(route.path(), things.newWebhook());
      case "/api/device-groups/{id}/members/{device}" ->
          Samples.filled(route.path().replace("{device}", things.member()), things.group);
      default -> Samples.filled(route.path(), thing(route.path()));
    };
  }

  /// What most paths of that kind name.
  private String thing(String path) {
    if (path.startsWith("/v1/commands/")) {
      return things.command;
    }
    if (path.startsWith("/api/device-groups/")) {
      return things.group;
    }
    if (path.startsWith("/v1/binaries/")) {
      return things.binary;
    }
    if (path.startsWith("/api/webhooks/")) {
      return things.webhook;
    }
    if (path.startsWith("/v1/transfers/") || path.startsWith("/device/transfers/")) {
      return things.file;
    }
    return path.startsWith("/api/auth/keys/")
        ? things.key
        : path.startsWith("/api/users/") ? SampleThings.CHANGED : things.device;
  }
}
