// A real HDFS for the tests: name nodes and data nodes of Hadoop in one JVM, on loopback and free ports.
//
//   java -cp CLASSPATH Cluster.java DIRECTORY [key=value...]
//
// Keys: datanodes=N, ha=true, keytab=FILE krb5=FILE realm=R protection=authentication|integrity|privacy,
// and any of Hadoop's own (they have a dot). Prints `READY conf=... fs=... namenodes=... http=...` once it
// serves, then obeys one command a line and answers `OK ...` or `ERR ...`. Ends with its input.
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSNNTopology;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.DatanodeReportType;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.SafeModeAction;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.metrics2.AbstractMetric;
import org.apache.hadoop.metrics2.MetricsRecord;
import org.apache.hadoop.metrics2.MetricsSource;
import org.apache.hadoop.metrics2.impl.MetricsCollectorImpl;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.token.Token;

public class Cluster {
  /** What data nodes ask, not clients. */
  static final Set<String> OF_DATA_NODES = Set.of("SendHeartbeat", "SendLifeline", "BlockReport", "CacheReport",
      "BlockReceivedAndDeleted", "RegisterDatanode", "VersionRequest");
  static final String SERVICE = "tests-ns";
  static final Map<String, String> options = new HashMap<>();
  static final Map<String, FSDataOutputStream> open = new HashMap<>();
  static final Map<Integer, MiniDFSCluster.DataNodeProperties> stopped = new HashMap<>();
  static final List<String> dataNodes = new ArrayList<>();
  static MiniDFSCluster cluster;
  static DistributedFileSystem fs;

  public static void main(String[] args) {
    PrintStream out = System.out;
    System.setOut(System.err); // standard output carries the answers and nothing else
    try {
      start(args, out);
      obey(out);
    } catch (Throwable error) {
      error.printStackTrace();
      say(out, "FAILED " + error);
    }
    Runtime.getRuntime().halt(1); // the daemons' threads would keep the JVM alive
  }

  static void say(PrintStream out, String text) {
    out.println(text.replace('\n', ' '));
    out.flush();
  }

  static boolean has(String name) {
    return options.containsKey(name);
  }

  static void start(String[] args, PrintStream out) throws Exception {
    File directory = new File(args[0]).getAbsoluteFile();
    File client = new File(directory, "conf");
    client.mkdirs();
    for (int i = 1; i < args.length; i++) {
      int at = args[i].indexOf('=');
      options.put(args[i].substring(0, at), args[i].substring(at + 1));
    }
    if (has("krb5")) System.setProperty("java.security.krb5.conf", options.get("krb5"));
    System.setProperty("test.build.data", new File(directory, "data").getPath());
    System.setProperty("hadoop.log.dir", new File(directory, "logs").getPath());
    Configuration conf = new HdfsConfiguration();
    conf.set("hdfs.minidfs.basedir", new File(directory, "dfs").getPath());
    conf.set("dfs.client.read.shortcircuit", "false");
    conf.setInt("dfs.namenode.handler.count", 4);
    conf.setInt("dfs.datanode.handler.count", 2);
    conf.setLong("dfs.heartbeat.interval", 1);
    conf.setInt("dfs.namenode.heartbeat.recheck-interval", 1000);
    if (has("keytab")) secure(conf);
    options.forEach((key, value) -> {
      if (key.contains(".")) conf.set(key, value);
    });
    UserGroupInformation.setConfiguration(conf);
    if (has("keytab")) UserGroupInformation.loginUserFromKeytab("hdfs/localhost@" + options.get("realm"), options.get("keytab"));
    MiniDFSCluster.Builder builder = new MiniDFSCluster.Builder(conf)
        .numDataNodes(Integer.parseInt(options.getOrDefault("datanodes", "1"))).checkDataNodeHostConfig(true);
    if (has("ha")) builder.nnTopology(MiniDFSNNTopology.simpleHATopology(2));
    cluster = builder.build();
    cluster.waitActive();
    if (has("ha")) cluster.transitionToActive(0);
    for (DataNode node : cluster.getDataNodes()) dataNodes.add(node.getDisplayName());
    String url = writeClient(conf, client);
    StringBuilder http = new StringBuilder();
    StringBuilder namenodes = new StringBuilder();
    for (int i = 0; i < cluster.getNumNameNodes(); i++) {
      http.append(i == 0 ? "" : ",").append(cluster.getHttpUri(i));
      namenodes.append(i == 0 ? "" : ",").append("localhost:").append(cluster.getNameNodePort(i));
    }
    say(out, "READY conf=" + client + " fs=" + url + " namenodes=" + namenodes + " http=" + http);
  }

  static void secure(Configuration conf) {
    String realm = options.get("realm");
    String protection = options.getOrDefault("protection", "privacy");
    conf.set("hadoop.security.authentication", "kerberos");
    conf.set("hadoop.security.authorization", "true");
    for (String node : new String[] {"dfs.namenode", "dfs.datanode"}) {
      conf.set(node + ".kerberos.principal", "hdfs/localhost@" + realm);
      conf.set(node + ".keytab.file", options.get("keytab"));
    }
    conf.set("dfs.web.authentication.kerberos.principal", "HTTP/localhost@" + realm);
    conf.set("dfs.web.authentication.kerberos.keytab", options.get("keytab"));
    conf.set("dfs.namenode.kerberos.internal.spnego.principal", "HTTP/localhost@" + realm);
    conf.set("dfs.block.access.token.enable", "true");
    conf.set("ignore.secure.ports.for.testing", "true"); // neither privileged ports nor TLS keystores
    conf.set("dfs.data.transfer.protection", protection);
    conf.set("dfs.encrypt.data.transfer.cipher.suites", "AES/CTR/NoPadding");
    conf.set("hadoop.rpc.protection", protection);
    conf.set("hadoop.user.group.static.mapping.overrides", "hdfs=supergroup;alice=alice;HTTP=HTTP");
    conf.set("dfs.namenode.delegation.token.always-use", "true");
    conf.set("hadoop.proxyuser.hdfs.hosts", "*");
    conf.set("hadoop.proxyuser.hdfs.groups", "*");
  }

  /** What a client needs, and no more. */
  static String writeClient(Configuration conf, File directory) throws Exception {
    Configuration core = new Configuration(false);
    Configuration hdfs = new Configuration(false);
    String url = has("ha") ? "hdfs://" + SERVICE : "hdfs://localhost:" + cluster.getNameNodePort(0);
    core.set("fs.defaultFS", url);
    if (has("ha")) {
      hdfs.set("dfs.nameservices", SERVICE);
      hdfs.set("dfs.ha.namenodes." + SERVICE, "nn1,nn2");
      hdfs.set("dfs.client.failover.proxy.provider." + SERVICE,
          "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider");
    }
    for (int i = 0; i < cluster.getNumNameNodes(); i++) {
      String suffix = has("ha") ? "." + SERVICE + ".nn" + (i + 1) : "";
      hdfs.set("dfs.namenode.http-address" + suffix, "localhost:" + cluster.getHttpUri(i).replaceAll(".*:", ""));
      hdfs.set("dfs.namenode.rpc-address" + suffix, "localhost:" + cluster.getNameNodePort(i));
    }
    if (has("keytab")) {
      for (String key : new String[] {"hadoop.security.authentication", "hadoop.rpc.protection"}) core.set(key, conf.get(key));
      for (String key : new String[] {"dfs.namenode.kerberos.principal", "dfs.datanode.kerberos.principal",
          "dfs.data.transfer.protection", "dfs.block.access.token.enable"}) hdfs.set(key, conf.get(key));
    }
    write(core, new File(directory, "core-site.xml"));
    write(hdfs, new File(directory, "hdfs-site.xml"));
    Configuration own = new Configuration(conf);
    for (Configuration part : new Configuration[] {core, hdfs}) part.forEach(entry -> own.set(entry.getKey(), entry.getValue()));
    // A client that closes a file before the data node has told of its block asks again, by default after 400 ms.
    own.setInt("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", 5);
    fs = (DistributedFileSystem) FileSystem.newInstance(new URI(url), own);
    return url;
  }

  static void write(Configuration conf, File file) throws Exception {
    try (OutputStream out = new FileOutputStream(file)) {
      conf.writeXml(out);
    }
  }

  static void obey(PrintStream out) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null && !line.equals("stop"); ) {
      try {
        say(out, "OK " + act(line.split(" ")));
      } catch (Throwable error) {
        say(out, "ERR " + error);
      }
    }
    cluster.shutdown(true);
    say(out, "STOPPED");
    Runtime.getRuntime().halt(0);
  }

  static int active() {
    for (int i = 0; i < cluster.getNumNameNodes(); i++) {
      try {
        if (!has("ha") || cluster.getNameNode(i) != null && cluster.getNameNode(i).isActiveState()) return i;
      } catch (Exception gone) {
        continue;
      }
    }
    return -1;
  }

  static String act(String[] words) throws Exception {
    switch (words[0]) {
      case "put": return put(new File(words[1]), new Path(words[2]), Short.parseShort(words[3]), Long.parseLong(words[4]));
      case "mkdir": {
        Path path = new Path(words[1]);
        fs.mkdirs(path);
        fs.setPermission(path, new FsPermission((short) Integer.parseInt(words[2], 8)));
        return words[1];
      }
      case "chmod": fs.setPermission(new Path(words[1]), new FsPermission((short) Integer.parseInt(words[2], 8))); return words[1];
      case "delete": return "" + fs.delete(new Path(words[1]), true);
      case "rename": return "" + fs.rename(new Path(words[1]), new Path(words[2]));
      case "many": { // many DIRECTORY NUMBER LOCAL-FILE: single logs of the same content
        byte[] content = Files.readAllBytes(new File(words[3]).toPath());
        return eachOf(Integer.parseInt(words[2]), id -> write(new Path(words[1], id), content));
      }
      case "manyrolling": { // the same, as rolling directories
        byte[] content = Files.readAllBytes(new File(words[3]).toPath());
        return eachOf(Integer.parseInt(words[2]), id -> {
          Path directory = new Path(words[1], "eventlog_v2_" + id);
          write(new Path(directory, "events_1_" + id), content);
          write(new Path(directory, "appstatus_" + id), new byte[0]);
          settle(directory);
        });
      }
      case "ops": return operations();
      case "failover": {
        int from = active();
        if (from >= 0) cluster.transitionToStandby(from);
        cluster.transitionToActive(1 - Math.max(from, 0));
        return "" + active();
      }
      case "stop-namenode": cluster.shutdownNameNode(Integer.parseInt(words[1])); return words[1];
      case "start-namenode": {
        cluster.restartNameNode(Integer.parseInt(words[1]), false);
        try {
          fs.getFileStatus(new Path("/"));
        } catch (IOException old) {
          return words[1]; // our own connection was to the name node as it was before
        }
        return words[1];
      }
      case "activate": cluster.transitionToActive(Integer.parseInt(words[1])); return words[1];
      case "standby": cluster.transitionToStandby(Integer.parseInt(words[1])); return words[1];
      case "safemode": return "" + fs.setSafeMode(words[1].equals("enter") ? SafeModeAction.SAFEMODE_ENTER
          : words[1].equals("get") ? SafeModeAction.SAFEMODE_GET : SafeModeAction.SAFEMODE_LEAVE);
      case "live": return "" + fs.getDataNodeStats(DatanodeReportType.LIVE).length;
      case "stop-datanode": {
        int number = Integer.parseInt(words[1]);
        stopped.put(number, cluster.stopDataNode(dataNodes.get(number)));
        return words[1];
      }
      case "start-datanode": {
        cluster.restartDataNode(stopped.remove(Integer.parseInt(words[1])), true);
        if (stopped.isEmpty()) cluster.waitActive(); // a name node in safe mode waits for all of them
        return words[1];
      }
      case "open": open.put(words[1], fs.create(new Path(words[1]), true, 4096, (short) 1, Long.parseLong(words[2]))); return words[1];
      case "append": { // append PATH LOCAL-FILE FROM TO
        byte[] bytes = new byte[(int) (Long.parseLong(words[4]) - Long.parseLong(words[3]))];
        try (RandomAccessFile file = new RandomAccessFile(words[2], "r")) {
          file.seek(Long.parseLong(words[3]));
          file.readFully(bytes);
        }
        open.get(words[1]).write(bytes);
        open.get(words[1]).hflush();
        return "" + bytes.length;
      }
      case "close": open.remove(words[1]).close(); return words[1];
      case "token": return token(words[1], words[2], words[3]);
      default: throw new IllegalArgumentException(words[0]);
    }
  }

  /** Makes a directory an hour old: one that has just changed is looked into once more. */
  static void settle(Path directory) throws IOException {
    fs.setTimes(directory, System.currentTimeMillis() - 3600_000, -1);
  }

  interface Make {
    void make(String id) throws Exception;
  }

  /** Makes something of so many applications, several at a time: each file is a few calls that wait for one another. */
  static String eachOf(int number, Make make) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      String id = String.format("application_1700000000000_%05d", i);
      all.add(threads.submit(() -> {
        make.make(id);
        return null;
      }));
    }
    threads.shutdown();
    for (Future<?> one : all) one.get();
    return "" + number;
  }

  static void write(Path path, byte[] content) throws Exception {
    try (FSDataOutputStream out = fs.create(path, true, 4096, (short) 1, 134217728L)) {
      out.write(content);
    }
  }

  static String put(File from, Path to, short replication, long blockBytes) throws Exception {
    int files = 0;
    if (from.isDirectory()) {
      fs.mkdirs(to);
      for (File child : from.listFiles()) files += Integer.parseInt(put(child, new Path(to, child.getName()), replication, blockBytes));
      settle(to);
    } else {
      try (FSDataOutputStream out = fs.create(to, true, 1 << 16, replication, blockBytes)) {
        Files.copy(from.toPath(), out);
      }
      files = 1;
    }
    return "" + files;
  }

  /** Calls of clients so far, by name, of all name nodes. */
  static String operations() {
    TreeMap<String, Long> counts = new TreeMap<>();
    for (int i = 0; i < cluster.getNumNameNodes(); i++) {
      MetricsSource source = cluster.getNameNode(i) == null ? null
          : DefaultMetricsSystem.instance().getSource("RpcDetailedActivityForPort" + cluster.getNameNodePort(i));
      if (source == null) continue;
      MetricsCollectorImpl collector = new MetricsCollectorImpl();
      source.getMetrics(collector, true);
      for (MetricsRecord record : collector.getRecords())
        for (AbstractMetric metric : record.metrics()) {
          String name = metric.name();
          if (name.endsWith("NumOps") && !name.contains("Overall") && !name.startsWith("Deferred")
              && !OF_DATA_NODES.contains(name.replace("NumOps", "")))
            counts.merge(name.replace("NumOps", ""), metric.value().longValue(), Long::sum);
        }
    }
    StringBuilder text = new StringBuilder();
    counts.forEach((name, count) -> text.append(name).append("=").append(count).append(" "));
    return text.toString();
  }

  static String token(String owner, String file, String format) throws Exception {
    Credentials credentials = new Credentials();
    UserGroupInformation user = UserGroupInformation.createProxyUser(owner, UserGroupInformation.getLoginUser());
    user.doAs((PrivilegedExceptionAction<Void>) () -> {
      try (FileSystem own = FileSystem.newInstance(fs.getUri(), fs.getConf())) {
        own.addDelegationTokens("renewer", credentials);
      }
      return null;
    });
    try (DataOutputStream out = new DataOutputStream(new FileOutputStream(file))) {
      credentials.writeTokenStorageToStream(out,
          format.equals("protobuf") ? Credentials.SerializedFormat.PROTOBUF : Credentials.SerializedFormat.WRITABLE);
    }
    StringBuilder text = new StringBuilder();
    for (Token<?> token : credentials.getAllTokens()) text.append(token.getService()).append(" ");
    return text.toString();
  }
}
