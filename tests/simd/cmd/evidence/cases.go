package main

import (
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	commitmenttypes "github.com/cosmos/ibc-go/v10/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

// clients is the cases of ibc-go's own tests by their names, and what ibc-go
// makes of them: TestMisbehaviourValidateBasic, TestVerifyMisbehaviour, the same
// for a chain id without a revision, TestVerifyHeader, TestCheckForMisbehaviour.
func clients() []object {
	var entries []object
	for _, group := range [][]object{
		validateBasic(), verifyMisbehaviour("TestVerifyMisbehaviour", "chain-1"),
		verifyMisbehaviour("TestVerifyMisbehaviourNonRevisionChainID", "chain"), verifyHeader(), checkForMisbehaviour(),
	} {
		entries = append(entries, group...)
	}
	return entries
}

func misbehaviour(one, other *ibctm.Header) *ibctm.Misbehaviour {
	return ibctm.NewMisbehaviour(clientID, one, other)
}

func later(d draft, by time.Duration) draft {
	d.time = d.time.Add(by)
	return d
}

func of(d draft, chain string) draft {
	d.chainID = chain
	return d
}

func by(d draft, validators set) draft {
	d.validators = validators
	return d
}

func only(seats ...int) func(int) cmttypes.BlockIDFlag {
	return func(index int) cmttypes.BlockIDFlag {
		for _, seat := range seats {
			if seat == index {
				return cmttypes.BlockIDFlagCommit
			}
		}
		return cmttypes.BlockIDFlagAbsent
	}
}

func validateBasic() []object {
	trusted := height(1, 10)
	header := func() *ibctm.Header { return at(20).tm(trusted, &ours) }
	second := func() *ibctm.Header { return later(at(20), time.Minute).tm(trusted, &ours) }
	few := by(later(at(20), time.Minute), both)
	few.signs = only(1)
	wrongCommit := second()
	wrongCommit.Commit.BlockID.Hash = octets(13)
	add := func(name string, m *ibctm.Misbehaviour) object {
		return tracking(chainID).case_("TestMisbehaviourValidateBasic", name, m)
	}
	return []object{
		add("valid fork misbehaviour, two headers at same height have different time", misbehaviour(header(), second())),
		add("valid time misbehaviour, both headers at different heights are at same time",
			misbehaviour(later(at(25), -25*time.Second).tm(trusted, &ours), header())),
		add("misbehaviour Header1 is nil", misbehaviour(nil, header())),
		add("misbehaviour Header2 is nil", misbehaviour(header(), nil)),
		add("valid misbehaviour with different trusted headers",
			misbehaviour(header(), later(at(20), time.Minute).tm(height(1, 7), &both))),
		add("trusted height is 0 in Header1", misbehaviour(later(at(20), time.Minute).tm(clienttypes.ZeroHeight(), &ours), header())),
		add("trusted height is 0 in Header2", misbehaviour(header(), later(at(20), time.Minute).tm(clienttypes.ZeroHeight(), &ours))),
		add("trusted valset is nil in Header1", misbehaviour(later(at(20), time.Minute).tm(trusted, nil), header())),
		add("trusted valset is nil in Header2", misbehaviour(header(), later(at(20), time.Minute).tm(trusted, nil))),
		add("invalid client ID ", &ibctm.Misbehaviour{ClientId: "GAI", Header1: header(), Header2: second()}),
		add("chainIDs do not match", misbehaviour(header(), of(at(20), "ethermint").tm(trusted, &ours))),
		add("header2 height is greater", misbehaviour(header(), at(26).tm(height(1, 21), &ours))),
		add("header 1 doesn't have 2/3 majority", misbehaviour(few.tm(trusted, &ours), header())),
		add("header 2 doesn't have 2/3 majority", misbehaviour(header(), few.tm(trusted, &ours))),
		add("validators sign off on wrong commit", misbehaviour(header(), wrongCommit)),
	}
}

func verifyMisbehaviour(suite, chain string) []object {
	revision := clienttypes.ParseChainID(chain)
	trusted := height(revision, 10)
	on := func(height int64) draft { return of(at(height), chain) }
	headers := func(one, other draft) *ibctm.Misbehaviour {
		return misbehaviour(one.tm(trusted, &ours), other.tm(trusted, &ours))
	}
	fork := headers(later(on(20), time.Minute), on(20))
	var entries []object
	add := func(name string, c *client, m *ibctm.Misbehaviour) {
		entries = append(entries, c.case_(suite, name, m))
	}
	plain := func() *client { return tracking(chain) }
	updated := func() *client {
		c := tracking(chain)
		c.hold(height(revision, 20), on(20))
		return c
	}

	add("valid fork misbehaviour", updated(), fork)
	add("valid time misbehaviour", plain(), headers(later(on(23), -15*time.Second), on(20)))
	add("valid time misbehaviour, header 1 time strictly less than header 2 time", plain(),
		headers(later(on(23), -15*time.Second), later(on(20), time.Hour)))
	add("valid misbehavior at height greater than last consensusState", plain(),
		headers(on(21), later(on(21), time.Minute)))
	add("valid misbehaviour with different trusted heights", updated(),
		misbehaviour(later(on(25), time.Minute).tm(trusted, &ours), on(25).tm(height(revision, 20), &ours)))
	if revision != 0 {
		previous := updated()
		previous.upgraded("chain-2", of(at(22), "chain-2"))
		add("valid misbehaviour at a previous revision", previous, fork)
		add("valid misbehaviour at a future revision", plain(),
			headers(later(of(at(20), "chain-2"), time.Minute), of(at(20), "chain-2")))
		after := plain()
		after.upgraded("chain-2", of(at(22), "chain-2"))
		add("valid misbehaviour with trusted heights at a previous revision", after,
			headers(later(of(at(24), "chain-2"), time.Minute), of(at(24), "chain-2")))
	}
	mixed := newSet(member{1, 10}, member{2, 10}, member{3, 10}, member{9, 10})
	add("consensus state's valset hash different from misbehaviour should still pass", updated(),
		headers(by(later(on(20), time.Minute), mixed), by(on(20), mixed)))
	add("invalid misbehaviour: misbehaviour from different chain", updated(),
		headers(of(later(on(20), time.Minute), "evmos"), of(on(20), "evmos")))
	add("misbehaviour trusted validators does not match validator hash in trusted consensus state", updated(),
		misbehaviour(later(on(20), time.Minute).tm(trusted, &alt), on(20).tm(trusted, &alt)))
	add("trusted consensus state does not exist", plain(),
		misbehaviour(later(on(20), time.Minute).tm(height(revision, 11), &ours), on(20).tm(trusted, &ours)))
	expired := updated()
	expired.now = on(20).time.Add(trustingPeriod)
	add("trusting period expired", expired, fork)
	add("header 1 valset has too much change", updated(), headers(by(later(on(20), time.Minute), alt), on(20)))
	add("header 2 valset has too much change", updated(), headers(later(on(20), time.Minute), by(on(20), alt)))
	add("both header 1 and header 2 valsets have too much change", updated(),
		headers(by(later(on(20), time.Minute), alt), by(on(20), alt)))
	return entries
}

func verifyHeader() []object {
	trusted := height(1, 10)
	var entries []object
	add := func(name string, c *client, h *ibctm.Header) {
		entries = append(entries, c.case_("TestVerifyHeader", name, h))
	}
	plain := func() *client { return tracking(chainID) }
	updated := func() *client {
		c := tracking(chainID)
		c.hold(height(1, 25), at(25))
		return c
	}
	mixed := newSet(member{1, 10}, member{2, 10}, member{3, 10}, member{9, 10})
	announced := tracking(chainID)
	next := at(10)
	next.next = mixed
	announced.hold(trusted, next)
	upgraded := func() *client {
		c := plain()
		c.upgraded("chain-2", of(at(22), "chain-2"))
		return c
	}
	wrongHeight := at(20).tm(trusted, &ours)
	wrongHeight.Commit.Height = 19
	expired := plain()
	expired.now = at(10).time.Add(trustingPeriod)

	add("success", plain(), at(11).tm(trusted, &ours))
	add("successful verify header for header with a previous height", updated(), at(20).tm(trusted, &ours))
	add("successful verify header: header with future height and different validator set", plain(), by(at(20), mixed).tm(trusted, &ours))
	add("successful verify header: header with next height and different validator set", announced, by(at(11), mixed).tm(trusted, &mixed))
	add("unsuccessful updates, passed in incorrect trusted validators for given consensus state", plain(), by(at(20), mixed).tm(trusted, &mixed))
	add("unsuccessful verify header with next height: update header mismatches nextValSetHash", plain(), by(at(11), alt).tm(trusted, &ours))
	add("unsuccessful update with future height: too much change in validator set", plain(), by(at(20), alt).tm(trusted, &ours))
	add("unsuccessful verify header: header height revision and trusted height revision mismatch", plain(), of(at(20), "chain-2").tm(trusted, &ours))
	add("unsuccessful verify header: header height < consensus height", plain(), at(9).tm(trusted, &ours))
	add("unsuccessful verify header: header basic validation failed", plain(), wrongHeight)
	add("unsuccessful verify header: header timestamp is not past last client timestamp", plain(), later(at(20), -time.Minute).tm(trusted, &ours))
	add("unsuccessful verify header: header with incorrect header chain-id", plain(), of(at(20), "other-1").tm(trusted, &ours))
	add("unsuccessful update: trusting period has passed since last client timestamp", expired, at(20).tm(trusted, &ours))
	add("unsuccessful update for a previous revision", upgraded(), at(20).tm(trusted, &ours))
	add("successful update with identical header to a previous update", updated(), at(25).tm(trusted, &ours))
	add("unsuccessful update to a future revision", plain(), of(at(25), "chain-1-1").tm(trusted, &ours))
	add("unsuccessful update: header height revision and trusted height revision mismatch", upgraded(), of(at(24), "chain-2").tm(trusted, &ours))
	return entries
}

func checkForMisbehaviour() []object {
	trusted := height(1, 10)
	var entries []object
	add := func(name string, c *client, m marshaler) {
		entries = append(entries, c.case_("TestCheckForMisbehaviour", name, m))
	}
	plain := func() *client { return tracking(chainID) }
	update := at(20).tm(trusted, &ours)
	same, other, next := plain(), plain(), plain()
	same.hold(height(1, 20), at(20))
	other.holdState(height(1, 20), ibctm.NewConsensusState(at(20).time, commitmenttypes.NewMerkleRoot([]byte{}), ours.Hash()))
	next.hold(height(1, 21), at(21))
	previous := plain()
	previous.hold(height(1, 19), at(19))
	header := func(d draft) *ibctm.Header { return d.tm(trusted, &ours) }

	add("valid update no misbehaviour", plain(), update)
	add("consensus state already exists, already updated", same, update)
	add("invalid fork misbehaviour: identical headers", same, misbehaviour(update, update))
	add("invalid time misbehaviour: monotonically increasing time", plain(), misbehaviour(header(at(23)), header(at(20))))
	add("consensus state already exists, app hash mismatch", other, update)
	add("previous consensus state exists and header time is before previous consensus state time", previous,
		header(later(at(20), -10*time.Second)))
	add("next consensus state exists and header time is after next consensus state time", next,
		header(later(at(20), 10*time.Second)))
	add("valid fork misbehaviour returns true", plain(), misbehaviour(header(later(at(20), time.Second)), header(at(20))))
	add("valid time misbehaviour: not monotonically increasing time", plain(),
		misbehaviour(header(later(at(23), -time.Minute)), header(at(20))))
	return entries
}
