package muster.api.muster;

import com.linecorp.armeria.common.MediaType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.backup.Backups;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// Hands out a backup of the running server.
public final class BackupApi {
  private static final int PIECE = 64 * 1024;

  private final Backups backups;

  public BackupApi(Backups backups) {
    this.backups = backups;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults()).postStream("/v1/backup", this::backup).list();
  }

  private Reply backup(Call call) {
    Backups.Prepared prepared = backups.prepare(call.caller());
    return Reply.stream(MediaType.ZIP, out -> send(prepared, out))
        .with("x-muster-backup-at", Reply.time(prepared.at()));
  }

  private static void send(Backups.Prepared prepared, BodyWriter out) throws IOException {
    try (prepared) {
      OutputStream pieces = new BufferedOutputStream(new Body(out), PIECE);
      prepared.writeTo(pieces);
      pieces.flush();
    }
  }

  private static final class Body extends OutputStream {
    private final BodyWriter out;

    private Body(BodyWriter out) {
      this.out = out;
    }

    @Override
    public void write(int one) {
      out.write(new byte[] {(byte) one});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (length > 0) {
        out.write(Arrays.copyOfRange(bytes, offset, offset + length));
      }
    }
  }
}
