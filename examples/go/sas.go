package amsrest

import "strings"

// layout is what a SAS signs from a version on, one field a line.
type layout struct{ since, fields string }

const responseHeaders = " rscc rscd rsce rscl rsct"

var (
	serviceLayouts = []layout{
		{"2020-12-06", "sp st se cr si sip spr sv sr snapshot ses" + responseHeaders},
		{"2018-11-09", "sp st se cr si sip spr sv sr snapshot" + responseHeaders},
		{"2015-04-05", "sp st se cr si sip spr sv" + responseHeaders},
		{"2013-08-15", "sp st se cr si sv" + responseHeaders},
		{"2012-02-12", "sp st se cr si sv"},
	}
	delegationLayouts = []layout{
		{"2025-07-05", delegationKey + " saoid suoid scid skdutid sduoid sip spr sv sr snapshot ses" + responseHeaders},
		{"2020-12-06", delegationKey + " saoid suoid scid sip spr sv sr snapshot ses" + responseHeaders},
		{"2020-02-10", delegationKey + " saoid suoid scid sip spr sv sr snapshot" + responseHeaders},
		{"2018-11-09", delegationKey + " sip spr sv sr snapshot" + responseHeaders},
	}
	accountLayouts = []layout{
		{"2020-12-06", "account sp ss srt st se sip spr sv ses"},
		{"2015-04-05", "account sp ss srt st se sip spr sv"},
	}
)

const delegationKey = "sp st se cr skoid sktid skt ske sks skv"

func fieldsFor(layouts []layout, version string) ([]string, error) {
	for _, layout := range layouts {
		if version >= layout.since {
			return strings.Fields(layout.fields), nil
		}
	}
	return nil, argumentError("no SAS of this kind in version %q", version)
}

// laterFields are those that later versions added.
var laterFields = strings.Fields("sip spr ses" + responseHeaders)

func contains(names []string, wanted string) bool {
	for _, name := range names {
		if name == wanted {
			return true
		}
	}
	return false
}

func lines(layouts []layout, fields map[string]string) (string, error) {
	names, err := fieldsFor(layouts, fields["sv"])
	if err != nil {
		return "", err
	}
	for _, name := range laterFields {
		if fields[name] != "" && !contains(names, name) {
			return "", argumentError("a SAS of version %s does not sign %s, so anyone could change it", fields["sv"], name)
		}
	}
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = fields[name]
	}
	return strings.Join(values, "\n"), nil
}

// ServiceSASString returns what a service SAS signs; fields are named as in the query, cr is the canonicalized resource.
func ServiceSASString(fields map[string]string) (string, error) { return lines(serviceLayouts, fields) }

// UserDelegationSASString returns what a user delegation SAS signs.
func UserDelegationSASString(fields map[string]string) (string, error) {
	return lines(delegationLayouts, fields)
}

// AccountSASString returns what an account SAS signs; the field account is the account's name.
func AccountSASString(fields map[string]string) (string, error) {
	text, err := lines(accountLayouts, fields)
	return text + "\n", err
}

// SASResource returns the canonicalized resource of a service SAS.
func SASResource(version, account, container, blob string) string {
	resource := "/" + account + "/" + container
	if blob != "" {
		resource += "/" + blob
	}
	if version >= "2015-02-21" {
		resource = "/blob" + resource
	}
	return resource
}

// inOrder sorts the letters of an option as the service requires them.
func inOrder(option, letters, order string) (string, error) {
	sorted := ""
	for _, letter := range order {
		if strings.ContainsRune(letters, letter) {
			sorted += string(letter)
		}
	}
	for _, letter := range letters {
		if !strings.ContainsRune(order, letter) {
			return "", argumentError("%s has a letter other than %s", option, order)
		}
	}
	return sorted, nil
}

// ServiceSAS returns the query of a SAS for a container, or for one blob of it; options are named as in the query.
func ServiceSAS(account, key, container, blob string, options map[string]string) (string, error) {
	fields := map[string]string{"sv": "2020-12-06", "sr": "c"}
	if blob != "" {
		fields["sr"] = "b"
	}
	for name, value := range options {
		fields[name] = value
	}
	if fields["si"] == "" && (fields["sp"] == "" || fields["se"] == "") {
		return "", argumentError("a service SAS needs si, or sp and se")
	}
	var err error
	if fields["sp"], err = inOrder("sp", fields["sp"], "racwdxyltmeopi"); err != nil {
		return "", err
	}
	fields["cr"] = SASResource(fields["sv"], account, container, blob)
	text, err := ServiceSASString(fields)
	if err != nil {
		return "", err
	}
	return sasQuery(key, text, fields)
}

// AccountSAS returns the query of a SAS for a whole account.
func AccountSAS(account, key string, options map[string]string) (string, error) {
	fields := map[string]string{"sv": "2020-12-06", "ss": "b", "srt": "sco"}
	for name, value := range options {
		fields[name] = value
	}
	for name, order := range map[string]string{"sp": "rwdxylacuptfi", "ss": "bqtf", "srt": "sco"} {
		sorted, err := inOrder(name, fields[name], order)
		if err != nil {
			return "", err
		}
		fields[name] = sorted
	}
	fields["account"] = account
	text, err := AccountSASString(fields)
	if err != nil {
		return "", err
	}
	return sasQuery(key, text, fields)
}

// sasQuery writes the fields that are set, and the signature.
func sasQuery(key, text string, fields map[string]string) (string, error) {
	signature, err := Sign(key, text)
	if err != nil {
		return "", err
	}
	query := ""
	for name, value := range fields {
		if value != "" && name != "cr" && name != "account" && name != "snapshot" {
			query += name + "=" + percentEncode(value) + "&"
		}
	}
	return query + "sig=" + percentEncode(signature), nil
}
