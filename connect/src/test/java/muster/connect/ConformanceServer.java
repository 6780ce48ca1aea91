package muster.connect;

import com.linecorp.armeria.server.Server;
import connectrpc.conformance.v1.ServerCompatRequest;
import connectrpc.conformance.v1.ServerCompatResponse;
import io.netty.handler.ssl.ClientAuth;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetSocketAddress;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/// The server that the conformance runner tests: reads what to be from standard input, says on
/// standard output where it listens, and serves until it is ended. `connect/conformance` starts it.
final class ConformanceServer {

  private ConformanceServer() {}

  public static void main(String[] args) throws Exception {
    var in = new DataInputStream(System.in);
    var wanted = ServerCompatRequest.parseFrom(in.readNBytes(in.readInt()));
    var limit = wanted.getMessageReceiveLimit();
    var connect =
        ConnectService.builder()
            .service(ConformanceCalls.service())
            .maxMessageBytes(limit == 0 ? ConnectServiceBuilder.DEFAULT_MAX_MESSAGE_BYTES : limit)
            .plain(ErrorForm.upperCase())
            .build();
    var builder =
        Server.builder()
            .http1MaxInitialLineLength(1 << 20)
            .http2MaxHeaderListSize(1 << 20)
            .http1MaxHeaderSize(1 << 20)
            .service(connect);
    var address = new InetSocketAddress("127.0.0.1", 0);
    if (wanted.getUseTls()) {
      builder.https(address).tls(keyPair(wanted));
      if (!wanted.getClientTlsCert().isEmpty()) {
        builder.tlsCustomizer(tls -> {
          tls.clientAuth(ClientAuth.REQUIRE);
          tls.trustManager(certificate(wanted.getClientTlsCert().toByteArray()));
        });
      }
    } else {
      builder.http(address);
    }
    var server = builder.build();
    server.start().join();
    var answer =
        ServerCompatResponse.newBuilder()
            .setHost("127.0.0.1")
            .setPort(server.activeLocalPort())
            .setPemCert(wanted.getServerCreds().getCert())
            .build()
            .toByteArray();
    var out = new DataOutputStream(System.out);
    out.writeInt(answer.length);
    out.write(answer);
    out.flush();
    server.blockUntilShutdown();
  }

  private static com.linecorp.armeria.common.TlsKeyPair keyPair(ServerCompatRequest wanted) {
    var creds = wanted.getServerCreds();
    return com.linecorp.armeria.common.TlsKeyPair.of(
        creds.getKey().newInput(), creds.getCert().newInput());
  }

  private static X509Certificate certificate(byte[] pem) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(pem));
    } catch (java.security.cert.CertificateException e) {
      throw new IllegalArgumentException("client_tls_cert: not a certificate", e);
    }
  }
}
