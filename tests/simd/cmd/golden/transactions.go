package main

import (
	"crypto/sha256"

	"github.com/cosmos/gogoproto/proto"

	sdkmath "cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
)

func transactions() []object {
	first := fromHex("0101010101010101010101010101010101010101010101010101010101010101")
	second := octets(32, 77)
	send := &banktypes.MsgSend{
		FromAddress: sender, ToAddress: receiver, Amount: sdk.NewCoins(sdk.NewInt64Coin("stake", 1)),
	}
	recv := channeltypes.NewMsgRecvPacket(
		packetV1(1, transferData("1", ""), 1, 1000, 0), octets(20, 4), clienttypes.NewHeight(1, 7), sender,
	)
	return []object{
		transaction(first, "chain-a", 0, 0, 200_000, 200, "", send),
		transaction(first, "chain-a", 7, 300, 1_234_567, 9, "a memo \u00e9", recv, send),
		transaction(second, "cosmoshub-4", 1<<40, 1<<41, 90_000, 0, "", recv),
	}
}

func transaction(secret []byte, chainID string, accountNumber, sequence, gas uint64, fee int64, memo string, msgs ...proto.Message) object {
	key := &secp256k1.PrivKey{Key: secret}
	body := &txtypes.TxBody{Memo: memo}
	for _, msg := range msgs {
		body.Messages = append(body.Messages, must(codectypes.NewAnyWithValue(msg)))
	}
	coins := sdk.NewCoins(sdk.NewCoin("stake", sdkmath.NewInt(fee)))
	auth := &txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: must(codectypes.NewAnyWithValue(key.PubKey())),
			ModeInfo: &txtypes.ModeInfo{
				Sum: &txtypes.ModeInfo_Single_{Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT}},
			},
			Sequence: sequence,
		}},
		Fee: &txtypes.Fee{Amount: coins, GasLimit: gas},
	}
	doc := &txtypes.SignDoc{
		BodyBytes: must(body.Marshal()), AuthInfoBytes: must(auth.Marshal()), ChainId: chainID, AccountNumber: accountNumber,
	}
	signBytes := must(doc.Marshal())
	signHash := sha256.Sum256(signBytes)
	signature := must(key.Sign(signBytes))
	raw := must((&txtypes.TxRaw{
		BodyBytes: doc.BodyBytes, AuthInfoBytes: doc.AuthInfoBytes, Signatures: [][]byte{signature},
	}).Marshal())
	hash := sha256.Sum256(raw)

	messages := []object{}
	for _, any := range body.Messages {
		messages = append(messages, object{"type_url": any.TypeUrl, "value": toHex(any.Value)})
	}
	return object{
		"private_key":      toHex(secret),
		"public_key":       toHex(key.PubKey().Bytes()),
		"address":          sdk.AccAddress(key.PubKey().Address()).String(),
		"chain_id":         chainID,
		"account_number":   u64(accountNumber),
		"sequence":         u64(sequence),
		"gas_limit":        u64(gas),
		"fee":              coins.String(),
		"memo":             memo,
		"messages":         messages,
		"body_bytes":       toHex(doc.BodyBytes),
		"auth_info_bytes":  toHex(doc.AuthInfoBytes),
		"sign_doc":         toHex(signBytes),
		"sign_doc_sha256":  toHex(signHash[:]),
		"signature":        toHex(signature),
		"tx_raw":           toHex(raw),
		"transaction_hash": toHex(hash[:]),
	}
}

// accounts derives keys from phrases; the first four are those of the test chains.
func accounts() []object {
	const path = "m/44'/118'/0'/0/0"
	entries := []object{}
	for _, a := range []struct{ phrase, path string }{
		{"arrange lazy ghost timber rate injury digital witness merge hero congress program cook human just possible wise join side excess body bar pizza pumpkin", path},
		{"steel circle keen forget field dutch weasel distance child loud upgrade door govern search uniform busy luxury wasp banana attract history work initial flower", path},
		{"between table divorce truly track copper border worth area steel village initial remove hybrid top essay hammer arrest rich crunch hint force salute false", path},
		{"glimpse blame silver wolf mind bonus wife hockey physical squeeze announce amused weird clutch wrong raise drink option foot camp title entire glove slot", path},
		{"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", path},
		{"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", "m/44'/118'/3'/0/7"},
		{"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", "m/44'/60'/0'/0/0"},
	} {
		secret := must(hd.Secp256k1.Derive()(a.phrase, "", a.path))
		public := hd.Secp256k1.Generate()(secret).PubKey()
		entries = append(entries, object{
			"mnemonic":    a.phrase,
			"hd_path":     a.path,
			"private_key": toHex(secret),
			"public_key":  toHex(public.Bytes()),
			"address":     sdk.AccAddress(public.Address()).String(),
		})
	}
	return entries
}
