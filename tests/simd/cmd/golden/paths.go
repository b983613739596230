package main

import (
	"math"

	transfertypes "github.com/cosmos/ibc-go/v10/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	connectiontypes "github.com/cosmos/ibc-go/v10/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v10/modules/core/24-host"
	hostv2 "github.com/cosmos/ibc-go/v10/modules/core/24-host/v2"
)

func pathsV1() object {
	clients := []object{}
	for _, c := range []struct {
		id     string
		height clienttypes.Height
	}{
		{"07-tendermint-0", clienttypes.NewHeight(0, 1)},
		{"07-tendermint-42", clienttypes.NewHeight(4, 20_000_000)},
		{"06-solomachine-1", clienttypes.NewHeight(math.MaxUint64, math.MaxUint64)},
	} {
		clients = append(clients, object{
			"client_id":          c.id,
			"height":             heightJSON(c.height),
			"client_state":       string(host.FullClientStateKey(c.id)),
			"consensus_state":    string(host.FullConsensusStateKey(c.id, c.height)),
			"client_connections": string(host.ClientConnectionsKey(c.id)),
		})
	}
	connections := []object{}
	for _, id := range []string{"connection-0", "connection-18446744073709551615"} {
		connections = append(connections, object{"connection_id": id, "connection": string(host.ConnectionKey(id))})
	}
	packets := []object{}
	for _, p := range []struct {
		port, channel string
		sequence      uint64
	}{
		{"transfer", "channel-0", 1},
		{"icacontroller-" + sender, "channel-12", 1 << 40},
		{"probe", "channel-18446744073709551615", math.MaxUint64},
	} {
		packets = append(packets, object{
			"port_id":                p.port,
			"channel_id":             p.channel,
			"sequence":               u64(p.sequence),
			"channel_end":            string(host.ChannelKey(p.port, p.channel)),
			"packet_commitment":      string(host.PacketCommitmentKey(p.port, p.channel, p.sequence)),
			"packet_receipt":         string(host.PacketReceiptKey(p.port, p.channel, p.sequence)),
			"packet_acknowledgement": string(host.PacketAcknowledgementKey(p.port, p.channel, p.sequence)),
			"next_sequence_send":     string(host.NextSequenceSendKey(p.port, p.channel)),
			"next_sequence_recv":     string(host.NextSequenceRecvKey(p.port, p.channel)),
			"next_sequence_ack":      string(host.NextSequenceAckKey(p.port, p.channel)),
		})
	}
	return object{"clients": clients, "connections": connections, "packets": packets}
}

func keysV2() []object {
	entries := []object{}
	for _, k := range []struct {
		client   string
		sequence uint64
	}{
		{"07-tendermint-0", 1}, {"07-tendermint-123", 256}, {"08-wasm-9", math.MaxUint64}, {"channel-0", 1 << 32},
	} {
		entries = append(entries, object{
			"client_id":              k.client,
			"sequence":               u64(k.sequence),
			"packet_commitment":      toHex(hostv2.PacketCommitmentKey(k.client, k.sequence)),
			"packet_receipt":         toHex(hostv2.PacketReceiptKey(k.client, k.sequence)),
			"packet_acknowledgement": toHex(hostv2.PacketAcknowledgementKey(k.client, k.sequence)),
		})
	}
	return entries
}

func ics20() object {
	escrows := []object{}
	for _, e := range [][2]string{
		{"transfer", "channel-0"}, {"transfer", "channel-141"}, {"transfer", "07-tendermint-0"}, {"other", "channel-0"},
	} {
		address := transfertypes.GetEscrowAddress(e[0], e[1])
		escrows = append(escrows, object{
			"port_id": e[0], "channel_id": e[1], "address": address.String(), "bytes": toHex(address),
		})
	}
	denoms := []object{}
	for _, path := range []string{
		"stake",
		"transfer/channel-0/stake",
		"transfer/channel-7/transfer/channel-0/stake",
		"transfer/channel-0/gamm/pool/1",
		"transfer/07-tendermint-0/stake",
		"transfer/channel-0/factory/" + sender + "/coin",
	} {
		denom := transfertypes.ExtractDenomFromPath(path)
		hops := []object{}
		for _, hop := range denom.Trace {
			hops = append(hops, object{"port_id": hop.PortId, "channel_id": hop.ChannelId})
		}
		denoms = append(denoms, object{"path": path, "base": denom.Base, "trace": hops, "denom": denom.IBCDenom()})
	}
	data := []object{}
	for _, d := range [][2]string{{"1", ""}, {"340282366920938463463374607431768211455", `a "memo" <&>`}} {
		data = append(data, object{
			"denom": "stake", "amount": d[0], "sender": sender, "receiver": receiver, "memo": d[1],
			"bytes": toHex(transferData(d[0], d[1])),
		})
	}
	return object{
		"escrow_addresses":        escrows,
		"denoms":                  denoms,
		"packet_data":             data,
		"success_acknowledgement": toHex(channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()),
	}
}

func identifiers() object {
	made := []object{}
	for _, n := range []uint64{0, 9, math.MaxUint64} {
		made = append(made, object{
			"sequence":   u64(n),
			"client":     clienttypes.FormatClientIdentifier("07-tendermint", n),
			"connection": connectiontypes.FormatConnectionIdentifier(n),
			"channel":    channeltypes.FormatChannelIdentifier(n),
		})
	}
	clientIDs := []object{}
	for _, id := range []string{
		"07-tendermint-0", "07-tendermint-18446744073709551615", "07-tendermint-18446744073709551616", "09-localhost",
		"07-tendermint", "tendermint-01", "-1", "07-tendermint-", "channel-0", "07--0", "07-tendermint-x",
	} {
		clientIDs = append(clientIDs, object{"id": id, "valid": clienttypes.IsValidClientID(id)})
	}
	connectionIDs := []object{}
	for _, id := range []string{"connection-0", "connection-01", "connection-18446744073709551616", "connection-", "conn-0"} {
		connectionIDs = append(connectionIDs, object{"id": id, "valid": connectiontypes.IsValidConnectionID(id)})
	}
	channelIDs := []object{}
	for _, id := range []string{"channel-0", "channel-01", "channel-18446744073709551616", "channel-", "channel0"} {
		channelIDs = append(channelIDs, object{"id": id, "valid": channeltypes.IsValidChannelID(id)})
	}
	revisions := []object{}
	for _, id := range []string{
		"chain-a", "cosmoshub-4", "chain-0", "chain-01", "a-b-3", "chain", "-1", "1", "chain--1", "chain-1-", "evmos_9001-2",
		"chain-a-18446744073709551615",
	} {
		revisions = append(revisions, object{"chain_id": id, "revision": u64(clienttypes.ParseChainID(id))})
	}
	return object{
		"made": made, "clients": clientIDs, "connections": connectionIDs, "channels": channelIDs, "revisions": revisions,
	}
}
