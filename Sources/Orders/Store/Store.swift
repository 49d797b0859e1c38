/// All that the service needs of a store: one concrete type meets every role.
package typealias Store = CatalogStore & DraftStore & OrderStore & Outbox & PrivacyStore & SessionStore
    & StaffAccountStore & TokenStore
