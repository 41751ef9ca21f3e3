import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map.Entry;
import java.util.Set;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * A server of the MongoDB wire protocol on one file, for one machine. Arguments: host, port, file.
 *
 * What is answered survives a kill: each write is in the file before its answer. On standard input it takes
 * `skip MS`, which moves its clock, and it ends with it, so that no server outlives who started it.
 */
public final class DurableMongoServer {
  public static void main(String[] arguments) throws Exception {
    // Only whole commands are committed, so the store may not commit by itself.
    MVStore store = new MVStore.Builder().fileName(arguments[2]).autoCommitDisabled().open();
    // How long space stays unused after what lay there was replaced; the default, 45 s, is for disks that lose power.
    store.setRetentionTime(1000);
    DurableBackend backend = new DurableBackend(store);
    backend.version(new RecentVersion());
    MongoServer server = new MongoServer(backend);
    server.bind(arguments[0], Integer.parseInt(arguments[1]));
    System.out.println("listening");
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (!line.startsWith("skip ")) throw new IllegalArgumentException("not a command: " + line);
      backend.skip(Long.parseLong(line.substring(5)));
      System.out.println("skipped");
    }
    server.shutdownNow();
  }

  /** The driver refuses servers as old as the one that the backend announces by itself. */
  private static final class RecentVersion implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(6, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 17;
    }
  }

  private static final class DurableBackend extends H2Backend {
    private static final Set<String> WRITES = Set.of("insert", "update", "delete", "findandmodify", "create", "createindexes", "drop", "dropindexes", "dropdatabase");
    private final Object writing = new Object();
    private volatile long skippedMs;

    DurableBackend(MVStore store) {
      super(store, Clock.systemUTC());
    }

    void skip(long ms) {
      skippedMs += ms;
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
      return new IdDatabase(name);
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      Document command = message.getDocument();
      if (skippedMs != 0) moveClock(command);
      if (!WRITES.contains(command.keySet().iterator().next().toLowerCase())) return super.handleMessage(message);
      // One after the other: a commit in the middle of another write would store half of it.
      synchronized (writing) {
        try {
          return super.handleMessage(message);
        } finally {
          commit();
        }
      }
    }

    /** The server reads the system's clock in two places: $$NOW and $currentDate. Both are filled in here. */
    private void moveClock(Object node) {
      if (node instanceof List<?>) for (Object one : (List<?>) node) moveClock(one);
      if (!(node instanceof Document)) return;
      Document document = (Document) node;
      Instant now = Instant.now().plusMillis(skippedMs);
      if (document.get("$currentDate") instanceof Document) {
        Document set = (Document) document.computeIfAbsent("$set", key -> new Document());
        for (String field : ((Document) document.remove("$currentDate")).keySet()) set.put(field, now);
      }
      for (Entry<String, Object> entry : document.entrySet()) {
        if ("$$NOW".equals(entry.getValue())) entry.setValue(now);
        else if (entry.getValue() instanceof List<?>) replaceNow((List<?>) entry.getValue(), now);
        moveClock(entry.getValue());
      }
    }

    @SuppressWarnings("unchecked")
    private static void replaceNow(List<?> list, Instant now) {
      ((List<Object>) list).replaceAll(value -> "$$NOW".equals(value) ? now : value);
    }

    /** The server would read a whole collection for a query by _id and version. */
    private final class IdDatabase extends H2Database {
      IdDatabase(String name) {
        super(name, DurableBackend.this.getMvStore(), DurableBackend.this.getCursorRegistry());
      }

      @Override
      protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        if (!name.equals("_id_")) return super.openOrCreateUniqueIndex(collection, name, keys, sparse);
        return new IdIndex(DurableBackend.this.getMvStore().openMap(getDatabaseName() + "." + collection + "._index_" + name), name, keys);
      }
    }
  }

  /** The index on _id, which also serves queries with further conditions: the server checks those on what is found. */
  private static final class IdIndex extends AbstractUniqueIndex<Object> {
    private final MVMap<KeyValue, Object> positions;

    IdIndex(MVMap<KeyValue, Object> positions, String name, List<IndexKey> keys) {
      super(name, keys, false);
      this.positions = positions;
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      Object id = query.get("_id");
      return id instanceof String || super.canHandle(query);
    }

    @Override
    public synchronized Iterable<Object> getPositions(Document query) {
      if (!(query.get("_id") instanceof String)) return super.getPositions(query);
      Object position = getPosition(new KeyValue(query.get("_id")));
      return position == null ? List.of() : List.of(position);
    }

    @Override
    protected Object removeDocument(KeyValue key) {
      return positions.remove(key);
    }

    @Override
    protected boolean putKeyPosition(KeyValue key, Object position) {
      return positions.putIfAbsent(key, Missing.ofNullable(position)) == null;
    }

    @Override
    protected Iterable<Entry<KeyValue, Object>> getIterable() {
      return positions.entrySet();
    }

    @Override
    protected Object getPosition(KeyValue key) {
      return positions.get(key);
    }

    @Override
    public long getCount() {
      return positions.sizeAsLong();
    }

    @Override
    public boolean isEmpty() {
      return positions.isEmpty();
    }

    @Override
    public long getDataSize() {
      return getCount();
    }
  }
}
