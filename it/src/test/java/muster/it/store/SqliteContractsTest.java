package muster.it.store;

import java.nio.file.Path;
import muster.account.CredentialStore;
import muster.account.UserStore;
import muster.audit.AuditStore;
import muster.binary.BinaryStore;
import muster.binary.UploadStore;
import muster.campaign.CampaignStore;
import muster.command.CommandStore;
import muster.device.DeviceStore;
import muster.enrollment.EnrollmentStore;
import muster.event.EventStore;
import muster.group.GroupStore;
import muster.link.ConnectionStore;
import muster.pairing.PairingStore;
import muster.routing.PreferenceStore;
import muster.store.SqlBinaryStore;
import muster.store.SqlCampaignStore;
import muster.store.SqlGroupStore;
import muster.store.SqlPreferenceStore;
import muster.store.SqlTransferStore;
import muster.store.SqlUpdateStore;
import muster.store.SqlWebhookStore;
import muster.store.Vault;
import muster.testkit.contract.AuditStoreContract;
import muster.testkit.contract.BinaryStoreContract;
import muster.testkit.contract.CampaignStoreContract;
import muster.testkit.contract.CommandStoreContract;
import muster.testkit.contract.ConnectionStoreContract;
import muster.testkit.contract.CredentialStoreContract;
import muster.testkit.contract.DeviceFilterContract;
import muster.testkit.contract.DeviceStoreContract;
import muster.testkit.contract.EnrollmentStoreContract;
import muster.testkit.contract.EventStoreContract;
import muster.testkit.contract.GroupStoreContract;
import muster.testkit.contract.PairingStoreContract;
import muster.testkit.contract.PreferenceStoreContract;
import muster.testkit.contract.TransactionsContract;
import muster.testkit.contract.TransferStoreContract;
import muster.testkit.contract.UpdateStoreContract;
import muster.testkit.contract.UserStoreContract;
import muster.testkit.contract.WebhookStoreContract;
import muster.transfer.TransferStore;
import muster.tx.Transactions;
import muster.update.UpdateStore;
import muster.webhook.WebhookStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/// Every port's contract, on SQLite.
class SqliteContractsTest {
  @TempDir Path directory;
  private SqliteFile file;

  @BeforeEach
  void open() {
    file = new SqliteFile(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Nested
  class OfTransactions extends TransactionsContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected UserStore users() {
      return file.users();
    }

    @Override
    protected void close() {
      file.close();
    }

    @Override
    protected void reopen() {
      file.reopen();
    }
  }

  @Nested
  class OfDevices extends DeviceStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected DeviceStore store() {
      return file.devices();
    }
  }

  @Nested
  class OfConnections extends ConnectionStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected DeviceStore devices() {
      return file.devices();
    }

    @Override
    protected ConnectionStore store() {
      return file.connections();
    }
  }

  @Nested
  class OfCommands extends CommandStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected CommandStore store() {
      return file.commands();
    }
  }

  @Nested
  class OfCredentials extends CredentialStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected CredentialStore store() {
      return file.credentials();
    }
  }

  @Nested
  class OfUsers extends UserStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected UserStore store() {
      return file.users();
    }
  }

  @Nested
  class OfEnrollments extends EnrollmentStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected EnrollmentStore store() {
      return file.enrollments();
    }
  }

  @Nested
  class OfPairings extends PairingStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected PairingStore store() {
      return file.pairings();
    }
  }

  @Nested
  class OfAudits extends AuditStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected AuditStore store() {
      return file.audit();
    }
  }

  @Nested
  class OfEvents extends EventStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected EventStore store() {
      return file.events();
    }
  }

  @Nested
  class OfDeviceFilters extends DeviceFilterContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected DeviceStore store() {
      return file.devices();
    }
  }

  @Nested
  class OfTransfers extends TransferStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected TransferStore store() {
      return new SqlTransferStore(file.database());
    }
  }

  @Nested
  class OfBinaries extends BinaryStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected BinaryStore binaries() {
      return new SqlBinaryStore(file.database());
    }

    @Override
    protected UploadStore uploads() {
      return new SqlBinaryStore(file.database());
    }
  }

  @Nested
  class OfUpdates extends UpdateStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected UpdateStore store() {
      return new SqlUpdateStore(file.database());
    }
  }

  @Nested
  class OfWebhooks extends WebhookStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected WebhookStore store() {
      return new SqlWebhookStore(file.database(), new Vault(new byte[32]));
    }
  }

  @Nested
  class OfGroups extends GroupStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected DeviceStore devices() {
      return file.devices();
    }

    @Override
    protected GroupStore store() {
      return new SqlGroupStore(file.database());
    }
  }

  @Nested
  class OfPreferences extends PreferenceStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected DeviceStore devices() {
      return file.devices();
    }

    @Override
    protected GroupStore groups() {
      return new SqlGroupStore(file.database());
    }

    @Override
    protected PreferenceStore store() {
      return new SqlPreferenceStore(file.database());
    }
  }

  @Nested
  class OfCampaigns extends CampaignStoreContract {
    @Override
    protected Transactions transactions() {
      return file.database();
    }

    @Override
    protected CampaignStore store() {
      return new SqlCampaignStore(file.database());
    }
  }
}
