package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// writeRequirements are those of OGC API – Features Part 4, each shown as its
// abstract test shows it, about a feature that is made for it.
func writeRequirements() []requirement {
	const part = "ogcapi-features-4/1.0/conf/"
	send := func(c *checker, want int, method, address, body string, headers ...string) http.Header {
		w := send(c.h, method, strings.TrimPrefix(address, testAddress), body, headers...)
		c.want(w.Code == want, "%s %s: %d, not %d: %.300s", method, address, w.Code, want, w.Body)
		return w.Header()
	}
	body := func(c *checker, more string) string {
		return strings.Replace(newBazaar(c.h, c.t), `"type":"Feature",`, `"type":"Feature",`+more, 1)
	}
	made := func(c *checker) (address, tag string) {
		h := send(c, http.StatusCreated, http.MethodPost, bazaars, body(c, ""))
		return h.Get("Location"), h.Get("ETag")
	}
	name := func(c *checker, address string) string {
		return c.json(address, typeGeoJSON).of("properties").text("market_days")
	}
	options := func(c *checker) {
		for address, methods := range map[string]string{bazaars: "POST", tem: "PUT, PATCH, DELETE"} {
			w := c.ask(http.MethodOptions, address)
			c.want(w.Code == http.StatusOK && strings.HasSuffix(w.Header().Get("Allow"), methods), "OPTIONS %s: %d %s", address, w.Code, w.Header().Get("Allow"))
		}
	}
	conditional := func(method, body string) func(c *checker) {
		return func(c *checker) {
			address, tag := made(c)
			sent := body
			if method == http.MethodPut {
				sent = strings.Replace(newBazaar(c.h, c.t), "Monday", "Friday", 1)
			}
			send(c, http.StatusPreconditionFailed, method, address, sent, "If-Match", `"0"`)
			if method != http.MethodDelete {
				c.want(name(c, address) == "Monday", "a refused write changed the feature")
			}
			h := send(c, map[bool]int{true: http.StatusNoContent, false: http.StatusOK}[method == http.MethodDelete], method, address, sent, "If-Match", tag)
			if method == http.MethodDelete {
				c.status(http.StatusNotFound, address)
				address, _ = made(c)
			} else {
				c.want(h.Get("ETag") != "" && h.Get("ETag") != tag, "the tag stays %s", tag)
				c.want(name(c, address) == "Friday", "the write changed nothing")
			}
			send(c, http.StatusPreconditionRequired, method, address, sent)
		}
	}
	patch := `{"properties":{"market_days":"Friday"}}`
	list := []requirement{
		{part + "create-replace-delete", "options-op", options},
		{part + "create-replace-delete", "options-response", options},
		{part + "create-replace-delete", "options-accept-post", func(c *checker) {
			c.want(c.ask(http.MethodOptions, bazaars).Header().Get("Accept-Post") != "", "no Accept-Post")
		}},
		{part + "create-replace-delete", "post-op", func(c *checker) { made(c) }},
		{part + "create-replace-delete", "post-body", func(c *checker) {
			address, _ := made(c)
			c.want(name(c, address) == "Monday", "the feature is not what was sent")
		}},
		{part + "create-replace-delete", "post-content-type", func(c *checker) {
			send(c, http.StatusBadRequest, http.MethodPost, bazaars, body(c, ""), "Content-Type", "")
		}},
		{part + "create-replace-delete", "post-response", func(c *checker) {
			address, _ := made(c)
			c.status(http.StatusOK, address)
		}},
		{part + "create-replace-delete", "post-response-rid", func(c *checker) {
			h := send(c, http.StatusCreated, http.MethodPost, bazaars, body(c, `"id":"named-by-its-maker",`))
			c.want(strings.HasSuffix(h.Get("Location"), "/named-by-its-maker"), "it lies at %s", h.Get("Location"))
			address := h.Get("Location")
			send(c, http.StatusConflict, http.MethodPost, bazaars, body(c, `"id":"named-by-its-maker",`))
			send(c, http.StatusNoContent, http.MethodDelete, address, "", "If-Match", h.Get("ETag"))
		}},
		{part + "create-replace-delete", "put-op", conditional(http.MethodPut, "")},
		{part + "create-replace-delete", "put-body", conditional(http.MethodPut, "")},
		{part + "create-replace-delete", "put-content-type", func(c *checker) {
			address, tag := made(c)
			send(c, http.StatusBadRequest, http.MethodPut, address, body(c, ""), "Content-Type", "", "If-Match", tag)
		}},
		{part + "create-replace-delete", "put-rid", func(c *checker) {
			address, tag := made(c)
			send(c, http.StatusBadRequest, http.MethodPut, address, body(c, `"id":"another",`), "If-Match", tag)
			c.status(http.StatusNotFound, bazaars+"/another")
		}},
		{part + "create-replace-delete", "put-rid-exception", func(c *checker) {
			send(c, http.StatusNotFound, http.MethodPut, bazaars+"/nowhere", body(c, ""))
			c.status(http.StatusNotFound, bazaars+"/nowhere")
		}},
		{part + "create-replace-delete", "delete-op", conditional(http.MethodDelete, "")},
		{part + "create-replace-delete", "delete-response", conditional(http.MethodDelete, "")},
		{part + "update", "methods", options},
		{part + "update", "options-accept-patch", func(c *checker) {
			c.want(c.ask(http.MethodOptions, tem).Header().Get("Accept-Patch") == mergePatch, "no Accept-Patch")
		}},
		{part + "update", "patch-content-type", func(c *checker) {
			address, tag := made(c)
			send(c, http.StatusBadRequest, http.MethodPatch, address, patch, "Content-Type", "", "If-Match", tag)
		}},
		{part + "update", "update-patch-op", conditional(http.MethodPatch, patch)},
		{part + "update", "update-patch-body", func(c *checker) {
			address, tag := made(c)
			before := c.json(address, typeGeoJSON)
			send(c, http.StatusOK, http.MethodPatch, address, patch, "If-Match", tag)
			after := c.json(address, typeGeoJSON)
			for member, value := range before.of("properties") {
				if !slices.Contains([]string{"market_days", "revision"}, member) {
					c.want(fmt.Sprint(value) == fmt.Sprint(after.of("properties")[member]), "%s became %v", member, after.of("properties")[member])
				}
			}
			c.want(fmt.Sprint(before["geometry"]) == fmt.Sprint(after["geometry"]), "it moved")
		}},
		{part + "update", "rid", func(c *checker) {
			address, tag := made(c)
			send(c, http.StatusBadRequest, http.MethodPatch, address, `{"id":"another"}`, "If-Match", tag)
		}},
		{part + "optimistic-locking-etags", "get-etag-response", func(c *checker) {
			c.want(c.status(http.StatusOK, tem).Header().Get("ETag") != "", "no tag")
		}},
	}
	for method, sent := range map[string]string{"put": "", "patch": patch, "delete": ""} {
		for _, what := range []string{"op", "eval"} {
			list = append(list, requirement{part + "optimistic-locking-etags", "ifmatch-" + method + "-" + what, conditional(strings.ToUpper(method), sent)})
		}
	}
	return list
}
