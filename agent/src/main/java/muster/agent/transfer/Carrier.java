package muster.agent.transfer;

import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.TransferRead;
import muster.wire.TransferWrite;

/// Who carries files. All methods return at once; asking for the same transfer twice is harmless.
public interface Carrier {
  /// Carries nothing, like an agent that knows of no such thing.
  Carrier NONE =
      new Carrier() {
        @Override
        public void read(TransferRead order) {
          throw unknown();
        }

        @Override
        public void write(TransferWrite order) {
          throw unknown();
        }

        @Override
        public void cancel(String transferId) {
          throw unknown();
        }

        @Override
        public void online() {
          // There is nothing left over.
        }

        private RpcException unknown() {
          return new RpcException(RpcError.METHOD_NOT_FOUND, "no files are carried here");
        }
      };

  /// Takes a file to the server.
  ///
  /// @throws RpcException when it will not, or not now
  void read(TransferRead order);

  /// Fetches a file from the server.
  ///
  /// @throws RpcException when it will not, or not now
  void write(TransferWrite order);

  /// Drops a transfer, and what there is of it.
  void cancel(String transferId);

  /// The server is there: what an earlier run of the agent has left can be asked about.
  void online();
}
