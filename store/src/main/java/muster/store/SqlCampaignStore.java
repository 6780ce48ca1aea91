package muster.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.campaign.Campaign;
import muster.campaign.CampaignStore;
import muster.command.CommandStatus;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.id.GroupId;

/// Campaigns in the table `campaign`, what each device does in `campaign_part`.
public final class SqlCampaignStore implements CampaignStore {
  private final SqliteDatabase database;

  public SqlCampaignStore(SqliteDatabase database) {
    this.database = database;
  }

  @Override
  public void insert(Campaign campaign, List<Campaign.Part> parts) {
    database
        .writing()
        .update(
            """
            insert into campaign (id, group_id, tool, args, timeout_ms, cap, requested_by,
              requester_id, idempotency_key, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            campaign.id().value(),
            campaign.group().value(),
            campaign.tool(),
            SqlValues.json(campaign.args()),
            campaign.timeout().toMillis(),
            campaign.cap(),
            campaign.requestedBy(),
            campaign.requesterId(),
            SqlValues.orNull(campaign.idempotencyKey()),
            SqlValues.millis(campaign.createdAt()));
    for (Campaign.Part part : parts) {
      database
          .writing()
          .update(
              """
              insert into campaign_part (campaign_id, device_uid, skipped, ended)
              values (?, ?, ?, ?)
              """,
              campaign.id().value(),
              part.device().value(),
              SqlValues.orNull(part.skipped()),
              SqlValues.flag(part.skipped().isPresent()));
    }
  }

  @Override
  public Optional<Campaign> find(CampaignId id) {
    return database.read(connection ->
        connection.queryOne(
            "select * from campaign where id = ?", SqlCampaignStore::campaign, id.value()));
  }

  @Override
  public Optional<Campaign> find(String requesterId, String idempotencyKey) {
    return database.read(connection ->
        connection.queryOne(
            "select * from campaign where requester_id = ? and idempotency_key = ?",
            SqlCampaignStore::campaign,
            requesterId,
            idempotencyKey));
  }

  @Override
  public List<CampaignId> open() {
    return database.read(connection ->
        connection.query(
            "select id from campaign where finished_at is null order by created_at",
            row -> new CampaignId(row.text("id"))));
  }

  @Override
  public List<Standing> parts(CampaignId id) {
    return database.read(connection ->
        connection.query(
            """
            select p.device_uid, p.command_uid, p.skipped, c.status, c.exit_code
            from campaign_part p left join command c on c.uid = p.command_uid
            where p.campaign_id = ? order by p.device_uid
            """,
            SqlCampaignStore::standing,
            id.value()));
  }

  @Override
  public List<DeviceId> waiting(CampaignId id, int limit) {
    return database.read(connection ->
        connection.query(
            """
            select device_uid from campaign_part indexed by campaign_part_waiting
            where campaign_id = ? and ended = 0 and command_uid is null
            order by device_uid limit ?
            """,
            row -> new DeviceId(row.text("device_uid")),
            id.value(),
            limit));
  }

  @Override
  public int running(CampaignId id) {
    return database
        .read(connection ->
            connection.queryOne(
                """
                select count(*) as n from campaign_part indexed by campaign_part_running
                where campaign_id = ? and ended = 0 and command_uid is not null
                """,
                row -> (int) row.number("n"),
                id.value()))
        .orElseThrow();
  }

  @Override
  public void started(CampaignId id, DeviceId device, CommandId command) {
    database
        .writing()
        .update(
            "update campaign_part set command_uid = ? where campaign_id = ? and device_uid = ?",
            command.value(),
            id.value(),
            device.value());
  }

  @Override
  public void skipped(CampaignId id, DeviceId device, String why) {
    database
        .writing()
        .update(
            """
            update campaign_part set skipped = ?, ended = 1
            where campaign_id = ? and device_uid = ?
            """,
            why,
            id.value(),
            device.value());
  }

  @Override
  public Optional<CampaignId> ended(CommandId command) {
    return database
        .writing()
        .queryOne(
            """
            update campaign_part set ended = 1 where command_uid = ? returning campaign_id
            """,
            row -> new CampaignId(row.text("campaign_id")),
            command.value());
  }

  @Override
  public void finished(CampaignId id, Instant at) {
    database
        .writing()
        .update(
            "update campaign set finished_at = ? where id = ?", SqlValues.millis(at), id.value());
  }

  @Override
  public int deleteFinished(Instant before, int limit) {
    return database
        .writing()
        .update(
            """
            delete from campaign where id in
              (select id from campaign where finished_at is not null and created_at < ?
                order by created_at limit ?)
            """,
            SqlValues.millis(before),
            limit);
  }

  private static Campaign campaign(SqlRow row) {
    return new Campaign(
        new CampaignId(row.text("id")),
        new GroupId(row.text("group_id")),
        row.text("tool"),
        SqlValues.map(row.text("args")),
        Duration.ofMillis(row.number("timeout_ms")),
        (int) row.number("cap"),
        row.text("requested_by"),
        row.text("requester_id"),
        row.optText("idempotency_key"),
        row.instant("created_at"),
        row.optInstant("finished_at"));
  }

  private static Standing standing(SqlRow row) {
    return new Standing(
        part(row),
        row.optText("status").flatMap(CommandStatus::ofWord),
        row.optNumber("exit_code").map(Long::intValue));
  }

  private static Campaign.Part part(SqlRow row) {
    return new Campaign.Part(
        new DeviceId(row.text("device_uid")),
        row.optText("command_uid").map(CommandId::new),
        row.optText("skipped"));
  }
}
