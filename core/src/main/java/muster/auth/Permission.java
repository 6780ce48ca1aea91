package muster.auth;

/// A thing one may be allowed to do. Names follow fleetd's page; those it lacks are ours.
public enum Permission {
  DEVICE_REGISTER("device:register"),
  DEVICE_LIST("device:list"),
  DEVICE_VIEW("device:view"),
  DEVICE_UPDATE("device:update"),
  DEVICE_DELETE("device:delete"),
  DEVICE_APPROVE("device:approve"),
  DEVICE_REMOTE("device:remote"),
  DEVICE_DEPLOY("device:deploy"),
  DEVICE_HEARTBEAT("device:heartbeat"),
  COMMAND_EXECUTE("command:execute"),
  COMMAND_ADMINISTER("command:administer"),
  COMMAND_VIEW("command:view"),
  LOG_VIEW("log:view"),
  FILE_READ("file:read"),
  FILE_WRITE("file:write"),
  FILE_CARRY("file:carry"),
  UPDATE_VIEW("update:view"),
  UPDATE_CREATE("update:create"),
  UPDATE_DEPLOY("update:deploy"),
  UPDATE_ROLLBACK("update:rollback"),
  ANALYTICS_VIEW("analytics:view"),
  WEBHOOK_MANAGE("webhook:manage"),
  AUDIT_VIEW("audit:view"),
  KEY_MANAGE("key:manage"),
  USER_MANAGE("user:manage"),
  SERVER_VIEW("server:view"),
  RATELIMIT_BYPASS("ratelimit:bypass"),
  SERVER_DEBUG("server:debug"),
  SERVER_BACKUP("server:backup");

  private final String word;

  Permission(String word) {
    this.word = word;
  }

  /// The name as it stands in answers and on fleetd's page.
  public String word() {
    return word;
  }
}
