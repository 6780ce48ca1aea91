package muster.store;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import muster.device.DeviceFields;
import muster.filter.Filter;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.webhook.Notice;
import muster.webhook.Retry;
import muster.webhook.Secret;
import muster.webhook.Webhook;
import muster.webhook.WebhookStore;

/// Webhooks in the table `webhook`, what they are told in `webhook_notice`.
public final class SqlWebhookStore implements WebhookStore {
  private final SqliteDatabase database;
  private final Vault vault;

  public SqlWebhookStore(SqliteDatabase database, Vault vault) {
    this.database = database;
    this.vault = vault;
  }

  @Override
  public void save(Webhook webhook) {
    String id = webhook.id().value();
    Webhook.Settings settings = webhook.settings();
    database
        .writing()
        .update(
            """
            insert into webhook (uid, url, events, filter, headers, max_attempts, backoff,
              description, secret, former_secret, former_until, off_because, given_up, created_by,
              created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (uid) do update set url = excluded.url, events = excluded.events,
              filter = excluded.filter, headers = excluded.headers,
              max_attempts = excluded.max_attempts, backoff = excluded.backoff,
              description = excluded.description, secret = excluded.secret,
              former_secret = excluded.former_secret, former_until = excluded.former_until,
              off_because = excluded.off_because, given_up = excluded.given_up,
              updated_at = excluded.updated_at
            """,
            id,
            settings.url().toString(),
            SqlValues.json(settings.events()),
            SqlValues.orNull(settings.filter().map(Filter::toString)),
            vault.seal(SqlValues.json(settings.headers()), id),
            settings.retry().maxAttempts(),
            word(settings.retry().backoff()),
            settings.description(),
            vault.seal(webhook.secret().text(), id),
            SqlValues.orNull(
                webhook.formerSecret().map(former -> vault.seal(former.secret().text(), id))),
            SqlValues.millis(webhook.formerSecret().map(Webhook.Former::until)),
            SqlValues.orNull(webhook.offBecause()),
            webhook.givenUp(),
            webhook.createdBy(),
            SqlValues.millis(webhook.createdAt()),
            SqlValues.millis(webhook.updatedAt()));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void delete(WebhookId id) {
    database.writing().update("delete from webhook where uid = ?", id.value());
  }

  @Override
  public Optional<Webhook> find(WebhookId id) {
    return database.read(connection ->
        connection.queryOne("select * from webhook where uid = ?", this::webhook, id.value()));
  }

  @Override
  public List<Webhook> all() {
    return database.read(
        connection -> connection.query("select * from webhook order by id", this::webhook));
  }

  @Override
  public void save(Notice notice) {
    Optional<Notice.Attempt> last = notice.last();
    database
        .writing()
        .update(
            """
            insert into webhook_notice (uid, webhook_id, event, at, data, state, attempts, next_at,
              last_at, took_millis, status, problem, answer)
            select ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from webhook where uid = ?
            on conflict (uid) do update set state = excluded.state, attempts = excluded.attempts,
              next_at = excluded.next_at, last_at = excluded.last_at,
              took_millis = excluded.took_millis, status = excluded.status,
              problem = excluded.problem, answer = excluded.answer
            """,
            notice.id().value(),
            notice.event(),
            SqlValues.millis(notice.at()),
            SqlValues.json(notice.data()),
            word(notice.state()),
            notice.attempts(),
            SqlValues.millis(notice.nextAt()),
            SqlValues.millis(last.map(Notice.Attempt::at)),
            SqlValues.orNull(last.map(attempt -> attempt.took().toMillis())),
            SqlValues.orNull(last.flatMap(Notice.Attempt::status)),
            SqlValues.orNull(last.flatMap(Notice.Attempt::problem)),
            SqlValues.orNull(last.map(Notice.Attempt::answer)),
            notice.webhook().value());
  }

  @Override
  public Optional<Notice> find(NoticeId id) {
    return database.read(connection ->
        connection.queryOne(
            """
            select n.*, w.uid as webhook_uid from webhook_notice n
            join webhook w on w.id = n.webhook_id where n.uid = ?
            """,
            SqlWebhookStore::notice,
            id.value()));
  }

  @Override
  public Page<Notice> notices(WebhookId webhook, Optional<Notice.State> state, PageRequest page) {
    Sql where =
        Sql.concat(
            Sql.of("w.uid = ?", webhook.value()),
            state.map(one -> Sql.of(" and n.state = ?", word(one))).orElse(Sql.of("")));
    PagedSql paged = PagedSql.newestFirst("n.id", where, page);
    return database.read(connection ->
        paged.fetch(
            connection,
            "n.*, w.uid as webhook_uid",
            "webhook_notice n join webhook w on w.id = n.webhook_id",
            SqlWebhookStore::notice));
  }

  @Override
  public List<WebhookId> due(Instant now) {
    return database.read(connection ->
        connection.query(
            """
            select uid from webhook w
            where off_because is null and exists (select 1 from webhook_notice n
              where n.webhook_id = w.id and n.next_at <= ?)
            order by id
            """,
            row -> new WebhookId(row.text("uid")),
            SqlValues.millis(now)));
  }

  @Override
  public List<Notice> due(WebhookId webhook, Instant now, int limit) {
    return database.read(connection ->
        connection.query(
            """
            select n.*, w.uid as webhook_uid from webhook_notice n
            join webhook w on w.id = n.webhook_id where w.uid = ? and n.next_at <= ?
            order by n.next_at, n.id limit ?
            """,
            SqlWebhookStore::notice,
            webhook.value(),
            SqlValues.millis(now),
            limit));
  }

  @Override
  public long pending(WebhookId webhook) {
    return database.read(connection ->
        connection
            .queryOne(
                "select pending from webhook where uid = ?",
                row -> row.number("pending"),
                webhook.value())
            .orElse(0L));
  }

  @Override
  public int deleteBefore(Instant before, int limit) {
    return database
        .writing()
        .update(
            """
            delete from webhook_notice where id in (select id from webhook_notice
              where next_at is null and at < ? order by id limit ?)
            """,
            SqlValues.millis(before),
            limit);
  }

  private Webhook webhook(SqlRow row) {
    String id = row.text("uid");
    return new Webhook(
        new WebhookId(id),
        new Webhook.Settings(
            URI.create(row.text("url")),
            SqlValues.texts(row.text("events")),
            row.optText("filter").map(DeviceFields::filter),
            SqlValues.textMap(vault.open(row.text("headers"), id)),
            new Retry(
                (int) row.number("max_attempts"),
                Retry.Backoff.valueOf(row.text("backoff").toUpperCase(Locale.ROOT))),
            row.text("description")),
        new Secret(vault.open(row.text("secret"), id)),
        row.optText("former_secret")
            .map(sealed ->
                new Webhook.Former(
                    new Secret(vault.open(sealed, id)), row.instant("former_until"))),
        row.optText("off_because"),
        (int) row.number("given_up"),
        row.text("created_by"),
        row.instant("created_at"),
        row.instant("updated_at"));
  }

  private static Notice notice(SqlRow row) {
    return new Notice(
        new NoticeId(row.text("uid")),
        new WebhookId(row.text("webhook_uid")),
        row.text("event"),
        row.instant("at"),
        SqlValues.sortedTextMap(row.text("data")),
        Notice.State.valueOf(row.text("state").toUpperCase(Locale.ROOT)),
        (int) row.number("attempts"),
        row.optInstant("next_at"),
        row.optInstant("last_at")
            .map(at ->
                new Notice.Attempt(
                    at,
                    Duration.ofMillis(row.number("took_millis")),
                    row.optNumber("status").map(Long::intValue),
                    row.optText("problem"),
                    row.optText("answer").orElse(""))));
  }
}
