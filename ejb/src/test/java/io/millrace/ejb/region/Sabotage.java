package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.ResourceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.naming.Reference;

/** What can be wrong with passages and what they stand on, each in its plainest form, once in a few occasions. */
enum Sabotage {

    LAST_LETTER_NOT_TOLD(asking(call -> call.said().isEmpty() ? call
            : said(call, call.said().substring(0, call.said().length() - 1), null, call.maxTokens()))),
    BEGINS_ANEW_AFTER_A_FAILURE(asking(call -> said(call, "", null, call.maxTokens()))),
    LAST_TOKEN_NOT_TOLD(asking(call -> call.saidTokens() == null ? call
            : said(call, call.said(), Arrays.copyOf(call.saidTokens(), call.saidTokens().length - 1), call.maxTokens()))),
    /** As if one token more had been said. */
    BOUND_TOO_SMALL(asking(call -> said(call, call.said(), call.saidTokens(), call.maxTokens() < 2 ? call.maxTokens() : call.maxTokens() - 1))),
    /** As if the tokens of the beginning were counted by who goes on. */
    BEGINNING_COUNTED_TWICE(hearing(event -> event instanceof RemoteEvent.Usage usage
            ? List.of(new RemoteEvent.Usage(usage.promptTokens(), usage.completionTokens() + Math.max(0, usage.promptTokens() - 11), 0)) : List.of(event))),
    PIECE_TWICE(hearing(event -> event instanceof RemoteEvent.Piece ? List.of(event, event) : List.of(event))),
    PIECE_LOST(hearing(event -> event instanceof RemoteEvent.Piece ? List.of() : List.of(event))),
    CUT_OFF_TAKEN_FOR_WHOLE(listening(answer -> new Heard(answer, List::of) {
        @Override
        public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
            try {
                return super.next(patience);
            } catch (RemoteException e) {
                if (e.code() != RemoteException.Code.BROKEN) {
                    throw e;
                }
                return failed++ == 0 ? new RemoteEvent.Finished("stop") : new RemoteEvent.End();
            }
        }
    })),
    SILENCE_TAKEN_FOR_THE_END(hearing(event -> event instanceof RemoteEvent.Silence
            ? List.of(new RemoteEvent.Finished("stop"), new RemoteEvent.End()) : List.of(event))),
    STOP_FORGOTTEN(asking(call -> new RemoteCall(call.model(), call.prompt(), call.sampling(), call.maxTokens(), List.of("q"), call.said(),
            call.saidTokens(), call.reasoning(), call.user(), call.jsonObject()))),
    PLACE_KEPT(() -> new Occasional() {
        @Override
        Network network(Parts parts) {
            return new Sabotaged(parts) {
                @Override
                void left(Region region, Passage passage) {
                    if (!now()) {
                        super.left(region, passage);
                    }
                }
            };
        }
    }),
    PLACE_GIVEN_TWICE(() -> new Occasional() {
        @Override
        Network network(Parts parts) {
            return new Sabotaged(parts) {
                @Override
                void left(Region region, Passage passage) {
                    super.left(region, passage);
                    if (now()) {
                        super.left(region, passage);
                    }
                }
            };
        }
    }),
    TWO_THREADS(() -> new Occasional() {
        @Override
        Network network(Parts parts) {
            return new Sabotaged(parts) {
                @Override
                void start(Passage passage) {
                    super.start(passage);
                    if (now()) {
                        super.start(passage);
                    }
                }
            };
        }
    }),
    /** Who was asked beside a slow region never answers, and its place is never free again. */
    HEDGE_FORGOTTEN(() -> new Occasional() {
        @Override
        Network network(Parts parts) {
            return new Sabotaged(parts) {
                @Override
                void start(Hedge hedge) {
                    // few journeys have more than one
                }
            };
        }
    }),
    WAITER_FORGOTTEN(() -> new Occasional() {
        @Override
        Network network(Parts parts) {
            return new Sabotaged(parts) {
                @Override
                void left(Region region, Passage passage) {
                    List<Passage> next = region.gate().leave(passage, System.nanoTime());
                    for (Passage each : next) {
                        if (each.begins(region) && !now()) {
                            start(each);
                        }
                    }
                }
            };
        }
    });

    private final Supplier<Mischief> mischief;

    Sabotage(Supplier<Mischief> mischief) {
        this.mischief = mischief;
    }

    Mischief mischief() {
        return mischief.get();
    }

    /** Does its mischief at every third occasion. */
    private abstract static class Occasional extends Mischief {
        private final AtomicInteger occasions = new AtomicInteger();

        boolean now() {
            return occasions.incrementAndGet() % 3 == 0;
        }

        Network network(Parts parts) {
            return parts.network();
        }

        @Override
        final Network network(List<Region> regions, String localName, RemoteConnectionFactory servers, int attempts, Duration patience, Hedges hedges) {
            return network(new Parts(regions, localName, servers, attempts, patience, hedges));
        }

        @Override
        long patienceMs() {
            return 4_000;
        }

        @Override
        long settlingMs() {
            return 1_000;
        }
    }

    private record Parts(List<Region> regions, String localName, RemoteConnectionFactory servers, int attempts, Duration patience, Hedges hedges) {
        Network network() {
            return new Network(regions, localName, servers, attempts, patience, hedges);
        }
    }

    private static class Sabotaged extends Network {
        Sabotaged(Parts parts) {
            super(parts.regions, parts.localName, parts.servers, parts.attempts, parts.patience, parts.hedges);
        }
    }

    private static RemoteCall said(RemoteCall call, String said, int[] tokens, int maxTokens) {
        return new RemoteCall(call.model(), call.prompt(), call.sampling(), maxTokens, call.stop(), said, tokens, call.reasoning(), call.user(), call.jsonObject());
    }

    /** Changes calls that go on with an answer. */
    private static Supplier<Mischief> asking(UnaryOperator<RemoteCall> change) {
        return () -> new Occasional() {
            @Override
            RemoteConnectionFactory servers(RemoteConnectionFactory servers) {
                return new Between(servers, call -> call.continues() ? change.apply(call) : call, answer -> answer);
            }
        };
    }

    private static Supplier<Mischief> hearing(Function<RemoteEvent, List<RemoteEvent>> change) {
        return () -> new Occasional() {
            @Override
            RemoteConnectionFactory servers(RemoteConnectionFactory servers) {
                return new Between(servers, call -> call, answer -> new Heard(answer, event -> now() ? change.apply(event) : List.of(event)));
            }
        };
    }

    private static Supplier<Mischief> listening(UnaryOperator<RemoteAnswer> change) {
        return () -> new Occasional() {
            @Override
            RemoteConnectionFactory servers(RemoteConnectionFactory servers) {
                return new Between(servers, call -> call, answer -> now() ? change.apply(answer) : answer);
            }
        };
    }

    private static class Heard implements RemoteAnswer {
        private final RemoteAnswer answer;
        private final Function<RemoteEvent, List<RemoteEvent>> change;
        private final Deque<RemoteEvent> events = new ArrayDeque<>();
        int failed;

        Heard(RemoteAnswer answer, Function<RemoteEvent, List<RemoteEvent>> change) {
            this.answer = answer;
            this.change = change;
        }

        @Override
        public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
            while (events.isEmpty()) {
                events.addAll(change.apply(answer.next(patience)));
            }
            return events.poll();
        }

        @Override
        public void close() {
            answer.close();
        }
    }

    /** Serial only because what it stands for is. */
    private static final class Between implements RemoteConnectionFactory {
        private static final long serialVersionUID = 1L;
        private final transient RemoteConnectionFactory servers;
        private final transient UnaryOperator<RemoteCall> asked;
        private final transient UnaryOperator<RemoteAnswer> heard;

        Between(RemoteConnectionFactory servers, UnaryOperator<RemoteCall> asked, UnaryOperator<RemoteAnswer> heard) {
            this.servers = servers;
            this.asked = asked;
            this.heard = heard;
        }

        @Override
        public RemoteConnection getConnection(RemoteSpec spec) throws ResourceException {
            RemoteConnection connection = servers.getConnection(spec);
            return new RemoteConnection() {
                @Override
                public RemoteAnswer send(RemoteCall call) throws RemoteException {
                    return heard.apply(connection.send(asked.apply(call)));
                }

                @Override
                public List<RemoteModel> models(Duration patience) throws RemoteException {
                    return connection.models(patience);
                }

                @Override
                public void close() {
                    connection.close();
                }
            };
        }

        @Override
        public void setReference(Reference reference) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Reference getReference() {
            throw new UnsupportedOperationException();
        }
    }
}
