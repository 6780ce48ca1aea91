package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.binary.Announced;
import muster.binary.Assignments;
import muster.binary.Binaries;
import muster.binary.Binary;
import muster.binary.Label;
import muster.binary.Shelf;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BinaryId;
import muster.id.DeviceId;
import muster.page.CursorCodec;
import muster.store.FileBlobStore;
import muster.store.SqlAuditStore;
import muster.store.SqlBinaryStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which binaries devices get, on the core alone: what is assigned to whom is made up here.
class AssignmentsTest {
  @TempDir Path directory;

  private final Set<BinaryId> assigned = new HashSet<>();
  private SqliteDatabase database;
  private Binaries binaries;

  @BeforeEach
  void open() {
    InstantSource clock = InstantSource.fixed(Instant.parse("2026-04-15T14:30:00Z"));
    database = SqliteDatabase.open(directory.resolve("muster.db"), 2);
    SqlBinaryStore store = new SqlBinaryStore(database);
    Credentials credentials =
        new Credentials(
            database,
            new SqlCredentialStore(database),
            new SqlUserStore(database),
            DeviceFields::scope,
            clock);
    Shelf shelf =
        new Shelf(
            database,
            store,
            store,
            FileBlobStore.open(directory.resolve("binaries"), 1 << 20),
            credentials,
            new Audit(database, new SqlAuditStore(database), clock),
            clock,
            1 << 20);
    binaries =
        new Binaries(
            shelf,
            new MadeUp(),
            credentials,
            new CursorCodec(new byte[32], clock, Duration.ofHours(1)));
  }

  private final class MadeUp implements Assignments {
    @Override
    public boolean includes(DeviceId device, Binary binary) {
      return device.value().equals("dev_1") && assigned.contains(binary.id());
    }

    @Override
    public void requireUnused(Binary binary) {}
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Caller device(String id) {
    return new Caller(Caller.Kind.DEVICE, id, id, Role.DEVICE, Optional.empty(), "", Origin.SERVER);
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: a device fetches what is assigned to it, and that only")
  void device_fetchesWhatIsAssignedToIt() {
    Label label =
        new Label("a", "1", "x", Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
    Binary binary =
        binaries.upload(
            Caller.SERVER,
            label,
            new Announced(Optional.empty(), Optional.empty()),
            new ByteArrayInputStream(new byte[100]));
    refused("dev_1", binary);
    assigned.add(binary.id());
    refused("dev_2", binary);
    assertThat(binaries.open(device("dev_1"), binary.id())).isEqualTo(binary);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    binaries.write(device("dev_1"), binary, 40, 60, 16, out::writeBytes);
    assertThat(out.size()).isEqualTo(60);
  }

  private void refused(String device, Binary binary) {
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> binaries.open(device(device), binary.id()))
        .matches(fault -> fault.code() == FaultCode.NOT_FOUND);
  }
}
