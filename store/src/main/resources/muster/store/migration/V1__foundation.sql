-- Times are milliseconds since 1970 in UTC. `uid` is the public id, `id` the dense one inside.

create table device (
  id           integer primary key,
  uid          text    not null unique,
  name         text    not null collate nocase,
  approval     text    not null,
  condition    text    not null,
  device_type  text collate nocase,
  platform     text collate nocase,
  architecture text collate nocase,
  os_version   text collate nocase,
  hostname     text collate nocase,
  agent_version text,
  hardware_id  text,
  tags         text    not null, -- JSON list, sorted; device_attr serves the filters
  capabilities text    not null, -- JSON list
  policy       text, -- the device's own: none, in_force and JSON, or broken and why
  system       text    not null, -- JSON object of texts: what more the machine says of itself
  metadata     text    not null, -- JSON object of texts
  created_at   integer not null,
  updated_at   integer not null,
  approved_at  integer,
  blocked_at   integer -- while it is
) strict;
create index device_name on device (name, id);
create index device_approval on device (approval); -- how many are denied, and so not listed
create unique index device_hardware_id on device (hardware_id) where hardware_id is not null;

-- What a heartbeat changes, apart from the wide row: a narrow update costs a third.
create table device_state (
  id              integer primary key references device (id) on delete cascade,
  epoch           integer not null,
  online_until    integer not null, -- DeviceState.HELD while a link is open
  uncertain       integer not null,
  announced       integer not null, -- the last event of its presence was device.online
  since           integer,
  last_seen       integer,
  address         text,
  ended           text,             -- why the last link ended
  sampled_at      integer,
  cpu_percent     real,
  memory_percent  real,
  disk_percent    real,
  load1           real,
  load5           real,
  load15          real,
  uptime_seconds  integer,
  cpu_temp        real,
  memory_total    integer,
  network_sent    integer,
  network_received integer
) strict;
create index device_state_last_seen on device_state (last_seen, id);

-- What a device reported at last besides the measures above: a JSON object.
create table device_report (
  id   integer primary key references device (id) on delete cascade,
  body text    not null
) strict;

-- The last links of each device. A row is written when a link begins and when it ends.
create table connection (
  device_id integer not null references device (id) on delete cascade,
  epoch     integer not null, -- that of device_state while the link was open
  began_at  integer not null,
  address   text    not null,
  ended_at  integer,
  why       text,
  primary key (device_id, epoch)
) strict, without rowid;
create index connection_ended on connection (ended_at) where ended_at is not null;
create index connection_open on connection (device_id) where ended_at is null;

-- Tags (key 'tag'), capabilities ('capability') and metadata ('metadata.<key>'), one row a value.
create table device_attr (
  key       text    not null,
  value     text    not null,
  device_id integer not null references device (id) on delete cascade,
  primary key (key, value, device_id)
) strict, without rowid;
create index device_attr_device on device_attr (device_id);

create virtual table device_name_fts using fts5 (
  name, content = 'device', content_rowid = 'id', tokenize = 'trigram', detail = none);
create trigger device_name_insert after insert on device begin
  insert into device_name_fts (rowid, name) values (new.id, new.name);
end;
create trigger device_name_delete after delete on device begin
  insert into device_name_fts (device_name_fts, rowid, name) values ('delete', old.id, old.name);
end;
create trigger device_name_update after update of name on device
when old.name <> new.name collate binary begin
  insert into device_name_fts (device_name_fts, rowid, name) values ('delete', old.id, old.name);
  insert into device_name_fts (rowid, name) values (new.id, new.name);
end;

create table user_account (
  id            text primary key, -- who it is; the name may be another's later
  username      text    not null unique,
  password_hash text    not null,
  role          text    not null,
  disabled      integer not null,
  created_at    integer not null,
  last_login_at integer
) strict;

create table credential (
  id           text primary key,
  kind         text    not null,
  owner        text    not null,
  name         text    not null,
  role         text    not null,
  scope        text,
  hash         text    not null, -- SHA-256 of the token or certificate, hexadecimal
  created_at   integer not null,
  expires_at   integer,
  last_used_at integer
) strict;
create index credential_owner on credential (kind, owner);
create index credential_expiry on credential (expires_at) where expires_at is not null;

create table enrollment (
  id             text primary key,
  hash           text    not null,
  suggested_name text,
  suggested_tags text    not null, -- JSON list
  created_by     text    not null,
  created_at     integer not null,
  expires_at     integer not null,
  used_at        integer,
  used_hardware_id text,
  used_device    text
) strict;
create index enrollment_expiry on enrollment (expires_at);

create table device_group (
  id          text primary key,
  name        text    not null unique,
  description text,
  created_at  integer not null
) strict, without rowid;
create table device_group_member (
  group_id  text    not null references device_group (id) on delete cascade,
  device_id integer not null references device (id) on delete cascade,
  primary key (group_id, device_id)
) strict, without rowid;
create index device_group_of on device_group_member (device_id);

create table routing_preference (
  tool       text primary key,
  device_id  integer references device (id) on delete cascade,
  group_id   text references device_group (id) on delete cascade,
  fallback   integer not null,
  updated_at integer not null
) strict, without rowid;

-- One command for many devices, so many at a time.
create table campaign (
  id           text primary key,
  group_id     text    not null, -- not a reference: the account outlives the group
  tool         text    not null,
  args         text    not null, -- JSON object
  timeout_ms   integer not null,
  cap          integer not null,
  requested_by text    not null,
  requester_id text    not null,
  idempotency_key text,
  created_at   integer not null,
  finished_at  integer
) strict, without rowid;
create unique index campaign_idempotency on campaign (requester_id, idempotency_key)
  where idempotency_key is not null;
create index campaign_open on campaign (created_at) where finished_at is null;
create index campaign_ended on campaign (created_at) where finished_at is not null;

-- A device's part: waiting, started (its command says the rest) or skipped.
create table campaign_part (
  campaign_id text    not null references campaign (id) on delete cascade,
  device_uid  text    not null,
  command_uid text,
  skipped     text,    -- why
  ended       integer not null,
  primary key (campaign_id, device_uid)
) strict, without rowid;
create index campaign_part_command on campaign_part (command_uid) where command_uid is not null;
create index campaign_part_running on campaign_part (campaign_id)
  where ended = 0 and command_uid is not null;
create index campaign_part_waiting on campaign_part (campaign_id)
  where ended = 0 and command_uid is null;

-- Neither the code nor its secret is here: both follow from the id and a key outside the store.
create table pairing (
  id              text primary key,
  maker_id        text    not null,
  auto_approve    integer,          -- null: as the setting says
  failures_before integer not null, -- pairing_failure.failures when it was made
  created_at      integer not null,
  expires_at      integer not null,
  used_at         integer,
  used_hardware_id text,
  used_device     text,
  voided_at       integer
) strict;
create index pairing_expiry on pairing (expires_at);

-- One row: how many wrong codes there have ever been.
create table pairing_failure (
  failures integer not null
) strict;
insert into pairing_failure (failures) values (0);

create table command (
  id              integer primary key,
  uid             text    not null unique,
  device_uid      text    not null, -- not a reference: history outlives the device
  tool            text    not null,
  requested_by    text    not null,
  requester_id    text    not null,
  lane            integer not null, -- 0 control, 1 bulk
  idempotent      integer not null,
  idempotency_key text,
  timeout_ms      integer not null,
  created_at      integer not null,
  expires_at      integer not null,
  status          text    not null,
  attempt         integer not null,
  first_attempt   integer not null, -- of the run that counts
  output_before   integer not null, -- chunks of output that earlier runs left
  cancel_requested integer not null,
  sent_at         integer,
  lease_until     integer,
  started_at      integer,
  finished_at     integer,
  due_at          integer, -- when time has something to say about it; null once it has ended
  exit_code       integer,
  error           text,
  duration_ms     integer,
  truncated       integer not null,
  args            text    not null -- JSON object; last, as whoever reads what is behind it reads it too
) strict;
create unique index command_idempotency on command (requester_id, idempotency_key)
  where idempotency_key is not null;
create index command_device on command (device_uid, id);
create index command_queued on command (device_uid, lane, id) where status = 'queued';
create index command_delivered on command (device_uid, id)
  where attempt > 0 and status in ('queued', 'sent', 'running');
create index command_due on command (due_at) where due_at is not null;
create index command_ended on command (finished_at) where finished_at is not null;

-- key = command id << 20 | seq: blobs want a rowid table.
create table command_output (
  key       integer primary key,
  stream    integer not null,
  gap_bytes integer not null,
  data      blob    not null
) strict;

-- Files on their way. The contents are in the directory spool beside this file.
create table transfer (
  id           integer primary key,
  uid          text    not null unique,
  device_uid   text    not null, -- not a reference: the account outlives the device
  direction    text    not null,
  path         text    not null,
  mode         text,
  requested_by text    not null,
  requester_id text    not null,
  created_at   integer not null,
  expires_at   integer not null,
  status       text    not null,
  size         integer,
  bytes_done   integer not null,
  checksum     text,             -- sha256:...
  error        text,
  finished_at  integer
) strict;
create index transfer_device on transfer (device_uid, id);
create index transfer_unfinished on transfer (device_uid, id) where finished_at is null;
create index transfer_running on transfer (id) where status = 'running';
create index transfer_due on transfer (expires_at) where finished_at is null;
create index transfer_ended on transfer (finished_at) where finished_at is not null;

create table binary (
  id           integer primary key,
  uid          text    not null unique,
  name         text    not null,
  version      text    not null,
  platform     text    not null,
  architecture text    not null, -- empty = any
  metadata     text    not null, -- JSON object of texts
  content_type text,
  signature    text,
  checksum     text    not null, -- sha256:..., which names the content too
  size         integer not null,
  uploaded_by  text    not null,
  uploader_id  text    not null,
  uploaded_at  integer not null
) strict;
create unique index binary_label on binary (name, version, platform, architecture);
create index binary_checksum on binary (checksum);
create index binary_name on binary (name, id);

create table upload (
  id           integer primary key,
  uid          text    not null unique,
  name         text    not null,
  version      text    not null,
  platform     text    not null,
  architecture text    not null, -- empty = any
  metadata     text    not null, -- JSON object of texts
  content_type text,
  signature    text,
  size         integer not null,
  checksum     text,             -- sha256:...
  begun_by     text    not null,
  beginner_id  text    not null,
  created_at   integer not null,
  expires_at   integer not null
) strict;
create index upload_checksum on upload (checksum, beginner_id);
create index upload_due on upload (expires_at);

create table software_update (
  id          integer primary key,
  uid         text    not null unique,
  name        text    not null,
  version     text    not null,
  description text    not null,
  artifacts   text    not null, -- JSON list
  pacing      text    not null, -- JSON object: what was said of it
  metadata    text    not null, -- JSON object of texts
  status      text    not null,
  created_by  text    not null,
  created_at  integer not null
) strict;
create unique index software_update_name on software_update (name, version);

-- The server's own binaries among the artifacts.
create table software_update_binary (
  binary_uid text    not null,
  update_id  integer not null references software_update (id) on delete cascade,
  primary key (binary_uid, update_id)
) strict, without rowid;

create table deployment (
  id           integer primary key,
  uid          text    not null unique,
  update_uid   text    not null,
  reverts      text,             -- the deployment whose devices go back by this one
  plan         text    not null, -- JSON object
  terms        text    not null, -- JSON object
  status       text    not null,
  batch        integer not null, -- that has its turn, from 1
  batches      integer not null,
  batch_since  integer not null,
  last_end     integer,          -- of a device of that batch
  message      text    not null,
  requested_by text    not null,
  requester_id text    not null,
  reason       text    not null,
  created_at   integer not null,
  updated_at   integer not null,
  finished_at  integer
) strict;
create index deployment_open on deployment (id) where finished_at is null;
create index deployment_ended on deployment (created_at) where finished_at is not null;
create index deployment_revert on deployment (reverts) where reverts is not null;

create table deployment_device (
  deployment_id  integer not null references deployment (id) on delete cascade,
  place          integer not null, -- whose turn is first
  device_uid     text    not null, -- not a reference: the account outlives the device
  batch          integer not null,
  at             text    not null,
  command_uid    text,
  from_version   text,
  reason         text,
  detail         text,
  retries        integer not null,
  started_at     integer,
  finished_at    integer,
  -- As the device was before its turn; before anybody's, as long as it waits.
  online_before  integer,
  failing_before integer,
  cpu_before     real,
  memory_before  real,
  primary key (deployment_id, place)
) strict, without rowid;
create unique index deployment_device_uid on deployment_device (deployment_id, device_uid);
create index deployment_device_at on deployment_device (deployment_id, at, finished_at);
create index deployment_device_pending on deployment_device (deployment_id, batch, place)
  where at = 'pending';
create index deployment_device_open on deployment_device (device_uid)
  where at in ('pending', 'away', 'running');
create index deployment_device_command on deployment_device (command_uid)
  where command_uid is not null;

-- How many devices stand where, kept by triggers: in each batch, and as batch 0 in all.
create table deployment_tally (
  deployment_id integer not null references deployment (id) on delete cascade,
  batch         integer not null,
  at            text    not null,
  devices       integer not null,
  primary key (deployment_id, batch, at)
) strict, without rowid;
create trigger deployment_device_added after insert on deployment_device begin
  insert into deployment_tally (deployment_id, batch, at, devices)
  values (new.deployment_id, new.batch, new.at, 1), (new.deployment_id, 0, new.at, 1)
  on conflict do update set devices = devices + 1;
end;
create trigger deployment_device_moved after update of at, batch on deployment_device
when old.at <> new.at or old.batch <> new.batch begin
  update deployment_tally set devices = devices - 1
  where deployment_id = old.deployment_id and batch in (old.batch, 0) and at = old.at;
  insert into deployment_tally (deployment_id, batch, at, devices)
  values (new.deployment_id, new.batch, new.at, 1), (new.deployment_id, 0, new.at, 1)
  on conflict do update set devices = devices + 1;
end;

create table deployment_note (
  deployment_id integer not null references deployment (id) on delete cascade,
  seq           integer not null,
  at            integer not null,
  batch         integer not null,
  decision      text    not null,
  why           text    not null,
  verdict       text    not null, -- a line for each sign that was looked at
  primary key (deployment_id, seq)
) strict, without rowid;

create table webhook (
  id            integer primary key,
  uid           text    not null unique,
  url           text    not null,
  events        text    not null, -- JSON list of names and patterns
  filter        text,
  headers       text    not null, -- sealed: JSON object
  max_attempts  integer not null,
  backoff       text    not null,
  description   text    not null,
  secret        text    not null, -- sealed
  former_secret text,             -- sealed
  former_until  integer,
  off_because   text,
  given_up      integer not null, -- notices in a row
  pending       integer not null default 0, -- notices that are to be sent
  created_by    text    not null,
  created_at    integer not null,
  updated_at    integer not null
) strict;

create table webhook_notice (
  id          integer primary key,
  uid         text    not null unique,
  webhook_id  integer not null references webhook (id) on delete cascade,
  event       text    not null,
  at          integer not null,
  data        text    not null, -- JSON object of texts
  state       text    not null,
  attempts    integer not null,
  next_at     integer,          -- null = not any more
  last_at     integer,
  took_millis integer,
  status      integer,
  problem     text,
  answer      text
) strict;
create index webhook_notice_due on webhook_notice (webhook_id, next_at) where next_at is not null;
create index webhook_notice_list on webhook_notice (webhook_id, id);
create index webhook_notice_old on webhook_notice (id) where next_at is null;
create trigger webhook_notice_added after insert on webhook_notice when new.next_at is not null begin
  update webhook set pending = pending + 1 where id = new.webhook_id;
end;
create trigger webhook_notice_moved after update of next_at on webhook_notice
when (old.next_at is null) <> (new.next_at is null) begin
  update webhook set pending = pending + iif(new.next_at is null, -1, 1) where id = new.webhook_id;
end;

create table event (
  seq    integer primary key autoincrement,
  at     integer not null,
  type   text    not null,
  device_uid text,
  body   text    not null
) strict;

create table audit (
  seq        integer primary key,
  at         integer not null,
  actor      text    not null,
  actor_id   text    not null,
  action     text    not null,
  target     text    not null,
  outcome    text    not null,
  surface    text    not null,
  address    text    not null,
  request_id text    not null,
  detail     text    not null, -- JSON object of texts
  hash       text    not null
) strict;
create index audit_target on audit (target, seq);
create index audit_actor on audit (actor, seq);
create trigger audit_no_update before update on audit begin
  select raise(abort, 'audit rows are never changed');
end;
create trigger audit_no_delete before delete on audit begin
  select raise(abort, 'audit rows are never deleted');
end;

-- Secrets and facts of this installation, such as the key that signs page tokens.
create table setting (
  name  text primary key,
  value blob not null
) strict;

-- Whatever ends a right is written down here by triggers, so that nothing that ends one can forget
-- to. The writer copies new rows to the file revocations.log before it commits. A row that expired
-- more than a day ago ended no right; of pairing codes, which live for minutes and are removed soon
-- after, any that has expired.
create table revocation (
  seq  integer primary key autoincrement,
  kind text not null, -- credential, enrollment, pairing, user, user-changed, device, device-turned-away
  id   text not null
) strict;
create trigger credential_revoked after delete on credential
when old.expires_at is null or old.expires_at > unixepoch() * 1000 - 86400000 begin
  insert into revocation (kind, id) values ('credential', old.id);
end;
create trigger enrollment_revoked after delete on enrollment
when old.used_at is null and old.expires_at > unixepoch() * 1000 - 86400000 begin
  insert into revocation (kind, id) values ('enrollment', old.id);
end;
create trigger enrollment_used after update of used_at on enrollment
when old.used_at is null and new.used_at is not null begin
  insert into revocation (kind, id) values ('enrollment', old.id);
end;
create trigger pairing_revoked after delete on pairing
when old.used_at is null and old.voided_at is null
  and old.expires_at > unixepoch() * 1000 begin
  insert into revocation (kind, id) values ('pairing', old.id);
end;
create trigger pairing_ended after update of used_at, voided_at on pairing
when old.used_at is null and old.voided_at is null begin
  insert into revocation (kind, id) values ('pairing', old.id);
end;
create trigger user_removed after delete on user_account begin
  insert into revocation (kind, id) values ('user', old.username);
end;
create trigger user_changed after update of password_hash, role, disabled on user_account
when old.password_hash <> new.password_hash
  or old.disabled < new.disabled
  or instr('VIEWER OPERATOR ADMIN OWNER', new.role)
    < instr('VIEWER OPERATOR ADMIN OWNER', old.role) begin
  insert into revocation (kind, id) values ('user-changed', old.username);
end;
create trigger device_removed after delete on device begin
  insert into revocation (kind, id) values ('device', old.uid);
end;
create trigger device_turned_away after update of approval on device
when old.approval <> new.approval and new.approval in ('denied', 'blocked', 'revoked') begin
  insert into revocation (kind, id) values ('device-' || new.approval, old.uid);
end;
